-- Who may: people and how they sign in, memberships, teams, invitations, permissions, roles, API keys, and the audit log.

-- ---------------------------------------------------------------------------------------------------------------------
-- Platform data. On Citus these are reference tables.

alter table users
    add column full_name     text,
    add column avatar_url    text,
    add column time_zone     text        not null default 'UTC',
    add column language      text        not null default 'en',
    add column active        boolean     not null default true,
    add column onboarded_at  timestamptz,
    add column last_login_at timestamptz,
    add column updated_at    timestamptz,
    add column version       bigint      not null default 1;
update users set updated_at = created_at;
alter table users
    alter column updated_at set not null,
    alter column time_zone drop default,
    alter column language drop default,
    alter column active drop default,
    alter column version drop default;

-- A password: never the password, an Argon2id hash with its parameters.
create table credentials (
    user_id         uuid primary key references users (id) on delete cascade,
    password_hash   text        not null,
    address_proven  boolean     not null,
    changed_at      timestamptz not null,
    failed_attempts integer     not null check (failed_attempts >= 0),
    last_failed_at  timestamptz
);

-- Lets its bearer set a new password, once.
create table password_resets (
    token_sha256 bytea primary key,
    user_id      uuid        not null references users (id) on delete cascade,
    created_at   timestamptz not null,
    expires_at   timestamptz not null
);
create index password_resets_user on password_resets (user_id);

-- Whom an outside issuer means by a subject.
create table external_identities (
    issuer        text collate "C" not null,
    subject       text collate "C" not null,
    user_id       uuid        not null references users (id) on delete cascade,
    created_at    timestamptz not null,
    last_login_at timestamptz not null,
    primary key (issuer, subject)
);
create index external_identities_user on external_identities (user_id);

create table sessions (
    id           uuid primary key,
    token_sha256 bytea       not null unique,
    user_id      uuid        not null references users (id) on delete cascade,
    ip_address   text,
    user_agent   text,
    created_at   timestamptz not null,
    last_used_at timestamptz not null,
    expires_at   timestamptz not null,
    ends_at      timestamptz not null,
    revoked_at   timestamptz
);
create index sessions_user on sessions (user_id, id);

-- What was mailed, or would have been where no mail server is configured.
-- claimed_until: until then a server is sending it, or it waits for the next attempt.
create table mails (
    id            uuid primary key,
    recipient     text        not null,
    subject       text        not null,
    body          text        not null,
    created_at    timestamptz not null,
    sent_at       timestamptz,
    attempts      integer     not null check (attempts >= 0),
    last_error    text,
    claimed_until timestamptz
);
create index mails_unsent on mails (id) where sent_at is null;

create table permissions (
    key         text collate "C" primary key,
    description text,
    created_at  timestamptz not null,
    updated_at  timestamptz not null
);
insert into permissions (key, description, created_at, updated_at)
select key, description, timestamptz '2026-01-01 00:00:00Z', timestamptz '2026-01-01 00:00:00Z'
from (values
    ('tenant:read', 'See the tenant''s profile and settings'),
    ('tenant:update', 'Change the tenant''s profile, settings and thresholds'),
    ('member:read', 'See who belongs to the tenant, and its teams'),
    ('member:invite', 'Invite people'),
    ('member:manage', 'Rename, suspend and remove members'),
    ('team:manage', 'Make, change and delete teams'),
    ('role:read', 'See roles and who has them'),
    ('role:manage', 'Make, change and delete roles'),
    ('role:assign', 'Give roles to members and take them'),
    ('key:read', 'See the tenant''s API keys'),
    ('key:manage', 'Make, change, rotate and revoke API keys of the tenant'),
    ('key:own', 'Make, change, rotate and revoke API keys of one''s own'),
    ('account:read', 'See accounts, subscriptions, credits and quotas'),
    ('limit:manage', 'Set spend limits of members and keys'),
    ('usage:read', 'See usage and decisions'),
    ('gate:use', 'Consume and reserve, for oneself'),
    ('gate:delegate', 'Consume and reserve for any member and any account'),
    ('audit:read', 'See and export the audit log')) as built_in (key, description);

-- Operations named permissions before there was a catalogue of them.
insert into permissions (key, created_at, updated_at)
select permission, min(created_at), min(created_at) from operations where permission is not null group by permission
on conflict do nothing;
alter table operations
    alter column permission type text collate "C",
    add foreign key (permission) references permissions (key) on delete restrict;
create index operations_permission on operations (permission) where permission is not null;

-- The product's permissions that system roles hold; of Allotment's own the program knows.
create table system_role_permissions (
    role_key       text collate "C" not null check (role_key in ('admin', 'moderator', 'member', 'viewer')),
    permission_key text collate "C" not null references permissions (key) on delete cascade,
    primary key (role_key, permission_key)
);
create index system_role_permissions_permission on system_role_permissions (permission_key);

create table platform_role_assignments (
    user_id    uuid        not null references users (id) on delete cascade,
    role       text        not null check (role in ('OPERATOR', 'SUPPORT')),
    granted_by uuid,
    granted_at timestamptz not null,
    expires_at timestamptz,
    primary key (user_id, role)
);

create table platform_audit_entries (
    sequence        bigint primary key check (sequence > 0),
    at              timestamptz not null,
    actor_user_id   uuid,
    actor_key_id    uuid,
    action          text        not null,
    entity_type     text        not null,
    entity_id       text        not null,
    before          jsonb       not null,
    after           jsonb       not null,
    request_id      text,
    personal_salt   text,
    personal        jsonb,
    personal_digest text        not null,
    previous_hash   text        not null,
    hash            text        not null,
    check ((personal_salt is null) = (personal is null))
);
create index platform_audit_entries_entity on platform_audit_entries (entity_type, entity_id, sequence);

create table platform_audit_head (
    singleton boolean primary key check (singleton),
    sequence  bigint not null,
    hash      text   not null
);
insert into platform_audit_head values (true, 0, repeat('0', 64));

-- ---------------------------------------------------------------------------------------------------------------------
-- Tenant data.

alter table memberships
    add column status     text        not null default 'ACTIVE' check (status in ('ACTIVE', 'SUSPENDED')),
    add column settings   jsonb       not null default '{}',
    add column updated_at timestamptz,
    add column version    bigint      not null default 1;
-- Forced row-level security binds the owner too: lifted for two statements, this one and that of the roles below.
alter table memberships no force row level security;
update memberships set updated_at = created_at;
alter table memberships
    alter column updated_at set not null,
    alter column status drop default,
    alter column settings drop default,
    alter column version drop default;
create index memberships_user on memberships (user_id);

-- A user's tenant of one, of which there is one at most.
alter table tenant_directory
    add column personal_user_id uuid unique references users (id) on delete restrict;

create table teams (
    tenant_id   uuid        not null references tenants (tenant_id) on delete cascade,
    id          uuid        not null,
    name        text        not null,
    description text,
    created_at  timestamptz not null,
    updated_at  timestamptz not null,
    version     bigint      not null,
    primary key (tenant_id, id),
    unique (tenant_id, name)
);

create table team_memberships (
    tenant_id  uuid        not null,
    team_id    uuid        not null,
    user_id    uuid        not null,
    role       text        not null check (role in ('LEAD', 'MEMBER')),
    created_at timestamptz not null,
    primary key (tenant_id, team_id, user_id),
    foreign key (tenant_id, team_id) references teams (tenant_id, id) on delete cascade,
    foreign key (tenant_id, user_id) references memberships (tenant_id, user_id) on delete cascade
);
create index team_memberships_user on team_memberships (tenant_id, user_id);

create table roles (
    tenant_id   uuid             not null references tenants (tenant_id) on delete cascade,
    key         text collate "C" not null check (key not in ('owner', 'admin', 'moderator', 'member', 'viewer')),
    name        text             not null,
    description text,
    created_at  timestamptz      not null,
    updated_at  timestamptz      not null,
    version     bigint           not null,
    primary key (tenant_id, key)
);

create table role_permissions (
    tenant_id      uuid             not null,
    role_key       text collate "C" not null,
    permission_key text collate "C" not null references permissions (key) on delete cascade,
    primary key (tenant_id, role_key, permission_key),
    foreign key (tenant_id, role_key) references roles (tenant_id, key) on delete cascade
);
create index role_permissions_permission on role_permissions (permission_key);

-- own_role_key repeats the role's key where the role is one of the tenant's own, so that it can be referred to.
create table role_assignments (
    tenant_id    uuid             not null,
    user_id      uuid             not null,
    role_key     text collate "C" not null,
    own_role_key text collate "C",
    granted_by   uuid,
    granted_at   timestamptz      not null,
    expires_at   timestamptz,
    primary key (tenant_id, user_id, role_key),
    foreign key (tenant_id, user_id) references memberships (tenant_id, user_id) on delete cascade,
    foreign key (tenant_id, own_role_key) references roles (tenant_id, key) on delete cascade,
    check (case when role_key in ('owner', 'admin', 'moderator', 'member', 'viewer') then own_role_key is null
                else own_role_key is not distinct from role_key end)
);
create index role_assignments_role on role_assignments (tenant_id, role_key, user_id);
-- Who was a member before there were roles may do what a member may.
insert into role_assignments (tenant_id, user_id, role_key, granted_at)
select tenant_id, user_id, 'member', created_at from memberships;
alter table memberships force row level security;

create table invitations (
    tenant_id   uuid             not null references tenants (tenant_id) on delete cascade,
    id          uuid             not null,
    email       text             not null,
    role_key    text collate "C" not null,
    invited_by  uuid,
    created_at  timestamptz      not null,
    expires_at  timestamptz      not null,
    accepted_at timestamptz,
    accepted_by uuid,
    revoked_at  timestamptz,
    primary key (tenant_id, id),
    check ((accepted_at is null) = (accepted_by is null))
);
-- One that is open for an address and tenant.
create unique index invitations_open on invitations (tenant_id, email) where accepted_at is null and revoked_at is null;

-- The way from an invitation's token to its tenant.
create table invitation_directory (
    token_sha256  bytea primary key,
    tenant_id     uuid not null,
    invitation_id uuid not null,
    foreign key (tenant_id, invitation_id) references invitations (tenant_id, id) on delete cascade
);
create index invitation_directory_invitation on invitation_directory (tenant_id, invitation_id);

create table api_keys (
    tenant_id             uuid        not null references tenants (tenant_id) on delete cascade,
    id                    uuid        not null,
    owner_user_id         uuid,
    name                  text        not null,
    description           text,
    environment           text        not null,
    prefix                text,
    scopes                text[] collate "C" not null,
    external_id           text,
    ip_allow_list         text[]      not null,
    requests_per_minute   integer check (requests_per_minute > 0),
    created_by            uuid,
    created_at            timestamptz not null,
    updated_at            timestamptz not null,
    expires_at            timestamptz,
    revoked_at            timestamptz,
    replaced_by           uuid,
    last_used_at          timestamptz,
    usage_count           bigint      not null check (usage_count >= 0),
    version               bigint      not null,
    primary key (tenant_id, id),
    -- A secret of ours, or an issuer elsewhere.
    check ((prefix is null) = (external_id is not null)),
    foreign key (tenant_id, owner_user_id) references memberships (tenant_id, user_id) on delete cascade
);
create index api_keys_owner on api_keys (tenant_id, owner_user_id) where owner_user_id is not null;
create unique index api_keys_external on api_keys (tenant_id, external_id) where external_id is not null;

-- The way from a key to its tenant. A key that another issuer manages has no hash here.
create table api_key_directory (
    key_sha256 bytea primary key,
    tenant_id  uuid not null,
    api_key_id uuid not null,
    foreign key (tenant_id, api_key_id) references api_keys (tenant_id, id) on delete cascade
);
create index api_key_directory_key on api_key_directory (tenant_id, api_key_id);

-- Deleted with its tenant, and in no other way.
create table audit_entries (
    tenant_id       uuid        not null references tenants (tenant_id) on delete cascade,
    sequence        bigint      not null check (sequence > 0),
    at              timestamptz not null,
    actor_user_id   uuid,
    actor_key_id    uuid,
    action          text        not null,
    entity_type     text        not null,
    entity_id       text        not null,
    before          jsonb       not null,
    after           jsonb       not null,
    request_id      text,
    personal_salt   text,
    personal        jsonb,
    personal_digest text        not null,
    previous_hash   text        not null,
    hash            text        not null,
    primary key (tenant_id, sequence),
    check ((personal_salt is null) = (personal is null))
);
create index audit_entries_entity on audit_entries (tenant_id, entity_type, entity_id, sequence);
create index audit_entries_user on audit_entries (tenant_id, actor_user_id, sequence) where actor_user_id is not null;
create index audit_entries_time on audit_entries (tenant_id, at);

create table audit_heads (
    tenant_id uuid primary key references tenants (tenant_id) on delete cascade,
    sequence  bigint not null,
    hash      text   not null
);

do $$
declare
    tenant_table text;
begin
    foreach tenant_table in array array[
        'teams', 'team_memberships', 'roles', 'role_permissions', 'role_assignments', 'invitations',
        'invitation_directory', 'api_keys', 'api_key_directory', 'audit_entries', 'audit_heads']
    loop
        call allotment.isolate_tenants(format('allotment.%I', tenant_table)::regclass);
    end loop;
end $$;

grant select on permissions, system_role_permissions to allotment_app;
grant select, insert, update, delete on permissions, system_role_permissions, platform_role_assignments, credentials,
    password_resets, external_identities, sessions, mails to allotment_platform;
grant update on users to allotment_platform;
-- Who may act at all, of those that a tenant knows by their ids.
grant select (id, active) on users to allotment_app;
grant select, insert on platform_audit_entries to allotment_platform;
grant select, update on platform_audit_head to allotment_platform;

grant delete on memberships to allotment_app, allotment_platform;
grant select, insert, update, delete on teams, team_memberships, roles, role_permissions, role_assignments, invitations,
    invitation_directory, api_keys, api_key_directory to allotment_app, allotment_platform;
-- The audit log is append-only: nobody changes an entry, but for the erasure of personal values.
grant select, insert on audit_entries to allotment_app, allotment_platform;
grant select, insert, update on audit_heads to allotment_app, allotment_platform;
grant update (personal, personal_salt) on audit_entries, platform_audit_entries to allotment_platform;
