-- Takes charges from all of a tenant's sliding windows at once: every one of them, or none.
--
-- KEYS[i]     window i, `postern:limit:{tenant}:<windowMs>:<name>`: what happened in it, oldest first, as a
--             MessagePack array { at, count, at, count, … }; `at` in microseconds. It expires when nothing counts.
-- ARGV[1]     pieces: into how many pieces a window is cut. Counts of one piece are merged and leave the window with
--             the youngest of them, so that never too little is counted and a key holds at most pieces + 1 pairs.
-- ARGV[3i-1]  length of window i in milliseconds
-- ARGV[3i]    the most it may hold
-- ARGV[3i+1]  how much to take from it
-- Clock       this server's TIME; no caller's clock is looked at. After a step back time stands still, and where it
--             stepped back by more than a window everything in it counts as of now.
--
-- Answers for each window, in order: spent, reset in ms, wait in ms. A wait above 0 refused; its window has room after
-- it if nothing else happens. A refusal writes nothing.

local time = redis.call('TIME')
local clock = time[1] * 1000000 + time[2]
local pieces = tonumber(ARGV[1])

local function ms(us)
  return math.ceil(us / 1000)
end

local function read(key, length)
  local packed = redis.call('GET', key)
  local log = packed and cmsgpack.unpack(packed) or {}
  local now = math.max(clock, log[#log - 1] or 0)
  local window = { length = length, log = {}, spent = 0 }
  if now > clock + length then
    for i = 1, #log, 2 do
      window.spent = window.spent + log[i + 1]
    end
    window.log, window.now = { clock, window.spent }, clock
    return window
  end
  for i = 1, #log, 2 do
    if log[i] + length > now then
      table.insert(window.log, log[i])
      table.insert(window.log, log[i + 1])
      window.spent = window.spent + log[i + 1]
    end
  end
  window.now = now
  return window
end

local function wait(window, amount, max)
  if amount > max then return window.length end
  local excess = window.spent + amount - max
  if excess <= 0 then return 0 end
  local log = window.log
  for i = 1, #log, 2 do
    excess = excess - log[i + 1]
    if excess <= 0 then return log[i] + window.length - clock end
  end
end

local function add(window, amount)
  local log, now = window.log, window.now
  local piece = window.length / pieces
  local last = #log - 1
  if last > 0 and math.floor(log[last] / piece) == math.floor(now / piece) then
    log[last], log[last + 1] = now, log[last + 1] + amount
  else
    table.insert(log, now)
    table.insert(log, amount)
  end
  window.spent = window.spent + amount
end

local windows, waits, granted = {}, {}, true
for i, key in ipairs(KEYS) do
  windows[i] = read(key, ARGV[3 * i - 1] * 1000)
  waits[i] = wait(windows[i], tonumber(ARGV[3 * i + 1]), tonumber(ARGV[3 * i]))
  if waits[i] > 0 then granted = false end
end

local answer = {}
for i, key in ipairs(KEYS) do
  local window = windows[i]
  if granted then
    add(window, tonumber(ARGV[3 * i + 1]))
    local lifetime = ms(window.now + window.length - clock) + 1
    redis.call('SET', key, cmsgpack.pack(window.log), 'PX', lifetime)
  end
  local log = window.log
  table.insert(answer, window.spent)
  table.insert(answer, #log == 0 and 0 or ms(log[#log - 1] + window.length - clock))
  table.insert(answer, ms(waits[i]))
end
return answer
