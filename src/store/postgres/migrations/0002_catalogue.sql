-- What the product brings along. The permissions of a service's own routes are added by whoever installs that service.

INSERT INTO postern.permissions (name, description) VALUES
  ('self:read', 'See who one is taken for'),
  ('workspaces:any', 'Reach every workspace of the tenant, member of it or not');

INSERT INTO postern.roles (name, description) VALUES
  ('owner', 'Everything, including the tenant itself'),
  ('admin', 'Everything but the tenant itself'),
  ('member', 'Works in the workspaces they belong to'),
  ('guest', 'Reads');

INSERT INTO postern.role_permissions (role, permission) VALUES
  ('owner', 'self:read'), ('owner', 'workspaces:any'),
  ('admin', 'self:read'), ('admin', 'workspaces:any'),
  ('member', 'self:read'),
  ('guest', 'self:read');

INSERT INTO postern.plans (name, description) VALUES
  ('free', 'To try it out'),
  ('pro', 'For teams'),
  ('enterprise', 'For whole companies');

INSERT INTO postern.plan_limits (plan, name, window_ms, max) VALUES
  ('free', 'minute', 60000, 60), ('free', 'hour', 3600000, 1000), ('free', 'day', 86400000, 10000),
  ('pro', 'minute', 60000, 6000), ('pro', 'hour', 3600000, 100000), ('pro', 'day', 86400000, 1000000),
  ('enterprise', 'minute', 60000, 60000), ('enterprise', 'hour', 3600000, 1000000), ('enterprise', 'day', 86400000, 10000000);
