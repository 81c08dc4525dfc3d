package io.allotment.persistence.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.testkit.TestDatabase;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Reads PostgreSQL's own catalogue: what the conventions of the schema forbid must not be there, in any migration. */
class CatalogueTest {

    /** What must be unique across tenants stands in these; each row is its tenant's, of an event as soon as that is known. */
    private static final String DIRECTORIES =
            "('tenant_directory', 'invitation_directory', 'api_key_directory', 'gateway_directory', 'payment_events')";

    private static final String POLICY =
            "((tenant_id = ANY (( SELECT (NULLIF(current_setting('allotment.tenant_ids'::text, true), ''::text))::uuid[]"
                    + " AS \"nullif\")::uuid[])) IS TRUE)";

    /** Tables with a tenant_id, partitions among them. */
    private static final String TENANT_TABLES = """
            select c.oid, c.relname, c.relrowsecurity, c.relforcerowsecurity
            from pg_class c
            join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'allotment'
            where c.relkind in ('r', 'p')
              and exists (select 1 from pg_attribute a
                          where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped)
            """;

    private static TestDatabase database;

    @BeforeAll
    static void create() {
        database = TestDatabase.create();
    }

    @AfterAll
    static void drop() {
        database.close();
    }

    @Test
    void there_are_tenant_tables_and_partitions_of_usage_events() {
        assertThat(rows("select relname from (" + TENANT_TABLES + ") t"))
                .contains(
                        "tenants",
                        "decisions",
                        "usage_events",
                        "usage_events_default",
                        "reservations",
                        "allocations",
                        "spend_limits",
                        "outbox")
                .filteredOn(name -> name.matches("usage_events_\\d{4}_\\d{2}"))
                .hasSize(13);
    }

    @Test
    void every_tenant_table_has_row_level_security_enabled_and_forced() {
        assertThat(rows("select relname from (" + TENANT_TABLES
                        + ") t where not relrowsecurity or not relforcerowsecurity"))
                .isEmpty();
    }

    @Test
    void every_tenant_table_has_the_one_policy_for_tenants_and_one_for_the_platform_and_no_other() {
        var wanted = List.of(
                "platform to {allotment_platform} using true check true",
                "tenant_isolation to {allotment_app} using " + POLICY + " check " + POLICY);

        assertThat(rows("select relname from (" + TENANT_TABLES + ") t"))
                .allSatisfy(table ->
                        assertThat(rows("""
                                select policyname || ' to ' || roles::text || ' using ' || qual || ' check ' || with_check
                                from pg_policies where schemaname = 'allotment' and permissive = 'PERMISSIVE' and cmd = 'ALL'
                                  and tablename = '%s' order by 1
                                """.formatted(table))).as(table).isEqualTo(wanted));
    }

    @Test
    void every_key_and_unique_index_of_a_tenant_table_starts_with_the_tenant() {
        assertThat(rows("""
                        select t.relname || '.' || i.relname
                        from (%s) t
                        join pg_index x on x.indrelid = t.oid and x.indisunique
                        join pg_class i on i.oid = x.indexrelid
                        join pg_attribute a on a.attrelid = t.oid and a.attnum = x.indkey[0]
                        where a.attname <> 'tenant_id' and t.relname not in %s
                        """.formatted(TENANT_TABLES, DIRECTORIES))).isEmpty();
    }

    @Test
    void every_tenant_table_has_a_primary_key() {
        assertThat(rows("""
                        select relname from (%s) t
                        where not exists (select 1 from pg_index x where x.indrelid = t.oid and x.indisprimary)
                        """.formatted(TENANT_TABLES))).isEmpty();
    }

    @Test
    void every_foreign_key_between_tenant_tables_starts_with_the_tenant_on_both_sides() {
        assertThat(rows("""
                        select k.conname
                        from pg_constraint k
                        join (%1$s) f on f.oid = k.conrelid
                        join (%1$s) t on t.oid = k.confrelid
                        join pg_attribute a on a.attrelid = f.oid and a.attnum = k.conkey[1]
                        join pg_attribute b on b.attrelid = t.oid and b.attnum = k.confkey[1]
                        where k.contype = 'f' and (a.attname <> 'tenant_id' or b.attname <> 'tenant_id')
                        """.formatted(TENANT_TABLES))).isEmpty();
    }

    @Test
    void no_shared_table_refers_to_a_tenant_table() {
        assertThat(rows("""
                        select k.conname
                        from pg_constraint k
                        join pg_class f on f.oid = k.conrelid
                        join (%1$s) t on t.oid = k.confrelid
                        where k.contype = 'f' and f.oid not in (select oid from (%1$s) x)
                        """.formatted(TENANT_TABLES))).isEmpty();
    }

    @Test
    void no_foreign_key_sets_null_or_a_default() {
        assertThat(rows("""
                        select k.conname from pg_constraint k
                        where k.connamespace = 'allotment'::regnamespace and k.contype = 'f'
                          and (k.confdeltype in ('n', 'd') or k.confupdtype in ('n', 'd'))
                        """)).isEmpty();
    }

    @Test
    void there_are_no_triggers() {
        assertThat(rows("""
                        select t.tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid
                        where c.relnamespace = 'allotment'::regnamespace and not t.tgisinternal
                        """)).isEmpty();
    }

    @Test
    void there_are_no_serials_and_no_identity_columns() {
        assertThat(
                        rows(
                                "select relname from pg_class where relnamespace = 'allotment'::regnamespace and relkind = 'S'"))
                .isEmpty();
    }

    @Test
    void the_roles_of_the_application_can_neither_bypass_policies_nor_own_anything() {
        assertThat(rows("""
                        select rolname from pg_roles
                        where rolname in ('allotment_app', 'allotment_platform')
                          and not rolsuper and not rolbypassrls and not rolcreaterole and not rolcreatedb
                          and not exists (select 1 from pg_class c where c.relowner = pg_roles.oid)
                        order by 1
                        """)).containsExactly("allotment_app", "allotment_platform");
    }

    @Test
    void append_only_tables_are_append_only_for_the_applications_role() {
        assertThat(rows("""
                        select table_name || ' ' || privilege_type from information_schema.role_table_grants
                        where grantee = 'allotment_app' and table_schema = 'allotment'
                          and table_name in ('credit_entries', 'quota_history', 'decisions', 'usage_events', 'outbox')
                          and privilege_type not in ('SELECT', 'INSERT')
                        """)).isEmpty();
    }

    private static List<String> rows(String sql) {
        try (var connection = database.owner().getConnection();
                var statement = connection.createStatement();
                var result = statement.executeQuery(sql)) {
            var rows = new ArrayList<String>();
            while (result.next()) {
                rows.add(result.getString(1));
            }
            return rows;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
