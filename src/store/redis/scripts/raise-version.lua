-- Remembers the highest access version that was told of a tenant, by one of its names.
-- KEYS[1]  string: the version
-- ARGV[1]  the version that is told now
-- ARGV[2]  how long it is kept from now on, in milliseconds: longer than any document that it is about
-- Versions are told twice and out of order, so a lower one changes nothing but the end of its time. What is no version
-- is replaced: somebody else's mistake must not hold up what control planes tell. No clock is read.
local held = redis.pcall('GET', KEYS[1])
local version = type(held) == 'string' and string.match(held, '^%d+$') and tonumber(held) or 0
if version > tonumber(ARGV[1]) and version < 2 ^ 53 then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return version
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return tonumber(ARGV[1])
