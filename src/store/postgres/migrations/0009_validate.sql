-- What 0004 to 0007 added for new rows only is checked for the old ones here: reading, beside the traffic. In the same
-- transaction as the ADD it would have kept everyone out for the length of the scan.

ALTER TABLE postern.tenants VALIDATE CONSTRAINT tenants_purge_after_deletion;
ALTER TABLE postern.tenants VALIDATE CONSTRAINT tenants_purged_when_due;
ALTER TABLE postern.tenants VALIDATE CONSTRAINT tenants_name_length;
ALTER TABLE postern.tenants VALIDATE CONSTRAINT tenants_settings_size;
ALTER TABLE postern.workspaces VALIDATE CONSTRAINT workspaces_purge_after_deletion;
ALTER TABLE postern.workspaces VALIDATE CONSTRAINT workspaces_name_length;
ALTER TABLE postern.workspaces VALIDATE CONSTRAINT workspaces_settings_object;
ALTER TABLE postern.workspaces VALIDATE CONSTRAINT workspaces_settings_size;
ALTER TABLE postern.workspace_memberships VALIDATE CONSTRAINT workspace_memberships_workspace;
ALTER TABLE postern.tenant_memberships VALIDATE CONSTRAINT tenant_memberships_one_role;
ALTER TABLE postern.tenant_memberships VALIDATE CONSTRAINT tenant_memberships_built_in_role;
ALTER TABLE postern.tenant_memberships VALIDATE CONSTRAINT tenant_memberships_custom_role;
ALTER TABLE postern.workspace_memberships VALIDATE CONSTRAINT workspace_memberships_one_role;
ALTER TABLE postern.workspace_memberships VALIDATE CONSTRAINT workspace_memberships_built_in_role;
ALTER TABLE postern.workspace_memberships VALIDATE CONSTRAINT workspace_memberships_role_in_reach;
ALTER TABLE postern.workspace_memberships VALIDATE CONSTRAINT workspace_memberships_custom_role;
ALTER TABLE postern.role_permissions VALIDATE CONSTRAINT role_permissions_level;
