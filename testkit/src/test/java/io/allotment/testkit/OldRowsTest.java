package io.allotment.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What becomes of rows of earlier versions. */
class OldRowsTest {

    /** One charge that was allowed, one that was denied, and what they are about. */
    private static final String ROWS_OF_THE_FIRST_VERSION = """
            set search_path to allotment;
            insert into features values ('minutes', 'Minutes', null, 'CONSUMED', 'minute', now(), now());
            insert into plans values ('plan', 'Plan', null, true, false, 0, false, now(), now());
            insert into plan_versions values
                ('01890a5d-ac96-774b-bcce-b302099a8001', 'plan', 1, 0, 0, null, 5, '{}', now());
            insert into tenants values
                ('01890a5d-ac96-774b-bcce-b302099a8002', 'T', 't', null, null, 'UTC', '{}', 'ACTIVE', now(), now(), 1);
            insert into users values ('01890a5d-ac96-774b-bcce-b302099a8009', 'ada@example.org', 'Ada', now());
            insert into memberships values
                ('01890a5d-ac96-774b-bcce-b302099a8002', '01890a5d-ac96-774b-bcce-b302099a8009', 'Ada', now());
            insert into billing_accounts values
                ('01890a5d-ac96-774b-bcce-b302099a8002', '01890a5d-ac96-774b-bcce-b302099a8002', 'TENANT', now());
            insert into credit_accounts values
                ('01890a5d-ac96-774b-bcce-b302099a8002', '01890a5d-ac96-774b-bcce-b302099a8002', 7.5, 1);
            insert into credit_grants values
                ('01890a5d-ac96-774b-bcce-b302099a8002', '01890a5d-ac96-774b-bcce-b302099a8003',
                 '01890a5d-ac96-774b-bcce-b302099a8002', 10, 7.5, 'PURCHASE', null, 100, null, null, null, null, '{}',
                 null, now());
            insert into credit_entries (tenant_id, account_id, sequence, type, amount, balance_after, draw_grant_ids,
                draw_amounts, draw_remaining, created_at) values
                ('01890a5d-ac96-774b-bcce-b302099a8002', '01890a5d-ac96-774b-bcce-b302099a8002', 1, 'GRANTED', 10, 10,
                 '{01890a5d-ac96-774b-bcce-b302099a8003}', '{10}', '{10}', now());
            insert into quota_counters values
                ('01890a5d-ac96-774b-bcce-b302099a8002', '01890a5d-ac96-774b-bcce-b302099a8002', 'minutes', now(), null,
                 2.5, 0);
            insert into decisions values
                ('01890a5d-ac96-774b-bcce-b302099a8002', '01890a5d-ac96-774b-bcce-b302099a8004', 'key-1', 'ab01',
                 'CONSUME', '01890a5d-ac96-774b-bcce-b302099a8002', true, null, now()),
                ('01890a5d-ac96-774b-bcce-b302099a8002', '01890a5d-ac96-774b-bcce-b302099a8005', 'key-2', 'ff00',
                 'CONSUME', '01890a5d-ac96-774b-bcce-b302099a8002', false, '{"why": 1}', now());
            insert into usage_events (tenant_id, id, account_id, operations, quantities, line_credits, features,
                quota_used, quota_limits, quota_above, quota_period_starts, quota_period_ends, credits, balance_after,
                source, created_at) values
                ('01890a5d-ac96-774b-bcce-b302099a8002', '01890a5d-ac96-774b-bcce-b302099a8004',
                 '01890a5d-ac96-774b-bcce-b302099a8002', '{minute}', '{2.5}', '{2.5}', '{null}', '{null}', '{null}',
                 '{null}', '{null}', '{null}', 2.5, 7.5, 'GATE', now());
            """;

    @Test
    void rows_of_the_first_version_are_kept_also_where_the_owner_is_no_superuser() throws SQLException {
        try (var database = OldDatabase.at("1")) {
            assertThat(database.pending()).first().isEqualTo("2");
            database.execute(ROWS_OF_THE_FIRST_VERSION);

            database.toPresent();

            assertThat(database.pending()).isEmpty();
            assertThat(database.strings(
                            "select concat_ws(' ', key_digest, idempotency_key, encode(fingerprint, 'hex'), allowed, answer)"
                                    + " from allotment.decisions order by id"))
                    .containsExactly(
                            "be297454-6978-e373-9e6d-6da85c4be9f3 ab01 t",
                            "7c36b0a9-dedd-e119-c751-65957c6c9c18 key-2 ff00 f {\"why\": 1}");
            assertThat(database.strings(
                            "select concat_ws(' ', idempotency_key, credits, uncovered_credits, reservation_id)"
                                    + " from allotment.usage_events"))
                    .containsExactly("key-1 2.500000000 0.000000000");
            assertThat(database.strings("select concat_ws(' ', balance, held, overdraft, overdraft_limit, low_noticed)"
                            + " from allotment.credit_accounts"))
                    .containsExactly("7.500000000 0.000000000 0.000000000 0.000000000 f");
            assertThat(database.strings("select concat_ws(' ', quota_percents, low_credits) from allotment.tenants"))
                    .containsExactly("{50,80,100}");
            assertThat(database.strings(
                            "select concat_ws(' ', g.held, e.overdraft_change, c.held, c.noticed_percent, p.rollover_max)"
                                    + " from allotment.credit_grants g, allotment.credit_entries e,"
                                    + " allotment.quota_counters c, allotment.plan_versions p"))
                    .containsExactly("0.000000000 0.000000000 0.000000000 0 0.000000000");
            assertThat(database.strings("select concat_ws(' ', m.status, m.updated_at = m.created_at, r.role_key)"
                            + " from allotment.memberships m join allotment.role_assignments r using (user_id)"))
                    .containsExactly("ACTIVE t member");
        }
    }

    @Test
    void overage_of_before_anything_was_reported_is_told_to_the_operator_and_not_billed() throws SQLException {
        try (var database = OldDatabase.at("1")) {
            database.execute(ROWS_OF_THE_FIRST_VERSION);
            database.to("16");
            database.execute("""
                    insert into allotment.subscriptions (tenant_id, id, account_id, plan_version_id, status, anchor, cycle_months,
                        current_period_start, current_period_end, cancel_at_period_end, metadata, created_at, updated_at, gateway,
                        gateway_id, quantity, as_of, over, auto_renew)
                    values ('01890a5d-ac96-774b-bcce-b302099a8002', '01890a5d-ac96-774b-bcce-b302099a8011',
                        '01890a5d-ac96-774b-bcce-b302099a8002', '01890a5d-ac96-774b-bcce-b302099a8001', 'ACTIVE', now(), 1, now(),
                        now() + interval '1 month', false, '{}', now(), now(), 'stripe', 'sub_1', 1, now(), false, true)
                    """);
            database.execute("update allotment.quota_counters set overage = 1.5");

            database.toPresent();

            assertThat(database.strings(
                            "select concat_ws(' ', gateway, feature_key, quantity, units, status, attempts, next_at)"
                                    + " from allotment.metered_reports"))
                    .containsExactly("stripe minutes 1.500000000 2.000000000 REJECTED 0");
        }
    }

    @Test
    void histories_of_before_are_joined_and_numbers_that_were_given_twice_stay() throws SQLException {
        try (var database = OldDatabase.at("1")) {
            database.execute(ROWS_OF_THE_FIRST_VERSION);
            database.to("24");
            database.execute("""
                    insert into allotment.invoices (tenant_id, id, account_id, gateway, gateway_id, number, status, reason,
                        currency, total_minor, paid_minor, tax_minor, payment_id, attempts, lines, issued_at, as_of, created_at)
                    select '01890a5d-ac96-774b-bcce-b302099a8002', id::uuid, '01890a5d-ac96-774b-bcce-b302099a8002', gateway, id,
                        'N-1', 'PAID', 'MANUAL', 'EUR', 100, 100, 0, 'pay-' || gateway, 1, '[]', now(), now(), now()
                    from (values ('01890a5d-ac96-774b-bcce-b302099a8021', 'stripe'),
                        ('01890a5d-ac96-774b-bcce-b302099a8022', 'manual'),
                        ('01890a5d-ac96-774b-bcce-b302099a8023', 'manual')) i (id, gateway);
                    insert into allotment.refunds (tenant_id, id, account_id, gateway, gateway_id, payment_id, amount_minor,
                        currency, status, as_of, attempts, created_at)
                    select '01890a5d-ac96-774b-bcce-b302099a8002', gen_random_uuid(), '01890a5d-ac96-774b-bcce-b302099a8002',
                        'stripe', status, payment, 30, 'EUR', status, now(), 0, now()
                    from (values ('SUCCEEDED', 'pay-stripe'), ('FAILED', 'pay-stripe'), ('LOST', 'pay-other')) r (status, payment)
                    """);

            database.toPresent();

            assertThat(database.strings("select concat_ws(' ', right(id::text, 2), refunded_minor, number_repeated)"
                            + " from allotment.invoices order by id"))
                    .containsExactly("21 30 f", "22 0 f", "23 0 t");
            assertThat(
                            database.strings(
                                    "select concat_ws(' ', status, right(invoice_id::text, 2)) from allotment.refunds order by status"))
                    .containsExactly("FAILED 21", "LOST", "SUCCEEDED 21");
        }
    }

    @Test
    void what_members_preferred_who_left_before_goes_and_all_else_of_it_stays() throws SQLException {
        try (var database = OldDatabase.at("1")) {
            database.execute(ROWS_OF_THE_FIRST_VERSION);
            database.to("13");
            for (var holder : List.of("8002", "8009", "8010")) {
                database.execute(
                        "insert into allotment.model_preferences values ('01890a5d-ac96-774b-bcce-b302099a8002',"
                                + " '01890a5d-ac96-774b-bcce-b302099a" + holder
                                + "', null, null, 'dry', null, '{}', now(), now())");
            }

            database.toPresent();

            assertThat(database.strings(
                            "select right(holder_id::text, 4) from allotment.model_preferences order by holder_id"))
                    .containsExactly("8002", "8009");
        }
    }
}
