package io.allotment.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import org.junit.jupiter.api.Test;

/** What stood in the tables of money before they changed, in every state it can be in. */
class MoneyMigrationsTest {

    private static final String ACCOUNT = """
            set search_path to allotment;
            insert into tenants (tenant_id, name, slug, time_zone, metadata, status, created_at, updated_at, version,
                quota_percents) values
                ('01890a5d-ac96-774b-bcce-b302099a8002', 'T', 't', 'UTC', '{}', 'ACTIVE', now(), now(), 1, '{50,80,100}');
            insert into billing_accounts values
                ('01890a5d-ac96-774b-bcce-b302099a8002', '01890a5d-ac96-774b-bcce-b302099a8002', 'TENANT', now());
            """;

    private static final String ROWS = """
            set search_path to allotment;
            insert into metered_reports (tenant_id, id, account_id, gateway, feature_key, quantity, units, period_start,
                billing_period_start, used_at, status, identifier, customer_id, attempts, tried_at, next_at, sent_at, problem, created_at)
            select '01890a5d-ac96-774b-bcce-b302099a8002', gen_random_uuid(), '01890a5d-ac96-774b-bcce-b302099a8002', 'stripe',
                'minutes', quantity, round(quantity), now(), now(), now(), status, status || quantity, 'cus_1', 1, now(),
                case when status = 'WAITING' then now() end, case when status = 'SENT' then now() end,
                case when status in ('REJECTED', 'UNCLEAR') then 'why' end, now()
            from unnest(array['WAITING', 'SENT', 'REJECTED', 'UNCLEAR', 'TAKEN_BACK']) status, unnest(array[1.4, -0.6]) quantity;
            insert into subscription_checkouts (tenant_id, id, account_id, status, gateway, gateway_id, url, subscription_id,
                expires_at, created_at)
            select '01890a5d-ac96-774b-bcce-b302099a8002', gen_random_uuid(), '01890a5d-ac96-774b-bcce-b302099a8002', status, 'stripe',
                case when url is not null then 'cs_' || status end, url, case when status = 'DONE' then 'sub_1' end, now(), now()
            from unnest(array['OPEN', 'DONE', 'CLOSED']) status, unnest(array['https://pay.example/ada', null]) url;
            insert into credit_products (key, name, credits, amount_minor, currency, expiry, active, created_at, updated_at)
            values ('hundred', 'A hundred', 100, 1900, 'EUR', 'NEVER', true, now(), now());
            insert into credit_purchases (tenant_id, id, account_id, product_key, product_name, credits, amount_minor, currency, expiry,
                gateway, checkout_id, checkout_url, expires_at, payment_reference, paid_at, grant_id, canceled_at, created_at)
            select '01890a5d-ac96-774b-bcce-b302099a8002', gen_random_uuid(), '01890a5d-ac96-774b-bcce-b302099a8002', 'hundred',
                'A hundred', 100, 1900, 'EUR', 'NEVER', 'stripe', status || days, 'https://pay.example/ada', now() + days * interval '1 day',
                case when status = 'paid' then 'bank 17' end, case when status = 'paid' then now() end,
                case when status = 'paid' then gen_random_uuid() end, case when status = 'canceled' then now() end, now()
            from unnest(array['paid', 'canceled', 'open']) status, unnest(array[-1, 1]) days;
            insert into failed_work (tenant_id, job, attempts, first_failed_at, last_failed_at, next_attempt_at, reason, reference)
            select '01890a5d-ac96-774b-bcce-b302099a8002', job, 5, now(), now(), case when job <> 'retention' then now() end, job, 'r'
            from unnest(array['payments', 'lapse', 'retention']) job;
            insert into payment_events (gateway, id, type, at, status, payload, received_at, next_at, problem, done_at) values
                ('stripe', 'fresh', 'x', now(), 'WAITING', '{}', now(), now(), null, null),
                ('stripe', 'failing', 'x', now(), 'WAITING', '{}', now(), now(), 'why', null),
                ('stripe', 'given up', 'x', now(), 'WAITING', '{"of": "before"}', now(), null, 'why', null),
                ('stripe', 'erased', 'x', now(), 'WAITING', null, now(), null, 'It named somebody', null),
                ('stripe', 'unknown', 'x', now(), 'UNKNOWN', '{}', now(), now(), 'nobody', null),
                ('stripe', 'unknown for good', 'x', now(), 'UNKNOWN', '{"of": "before"}', now(), null, 'nobody', null),
                ('stripe', 'applied', 'x', now(), 'APPLIED', null, now(), null, null, now()),
                ('stripe', 'ignored', 'x', now(), 'IGNORED', null, now(), null, 'second', now());
            """;

    /** As the version before the change could have them, too. */
    private static final String CHECKOUTS = """
            set search_path to allotment;
            insert into subscription_checkouts (tenant_id, id, account_id, status, gateway, gateway_id, url, subscription_id,
                canceled_at, expires_at, created_at)
            select '01890a5d-ac96-774b-bcce-b302099a8002', gen_random_uuid(), '01890a5d-ac96-774b-bcce-b302099a8002', 'CLOSED',
                'stripe', gateway_id, null, subscription_id, case when canceled then timestamptz '2026-03-10 09:30Z' end, now(), now()
            from (values
                ('cs_subscribed', 'sub_2', false),
                ('cs_canceled', null, true),
                (null, null, true),
                ('cs_all', 'sub_3', true)) closed (gateway_id, subscription_id, canceled);
            """;

    @Test
    void reports_checkouts_and_events_of_every_state_come_along() throws SQLException {
        try (var database = OldDatabase.at("22")) {
            database.execute(ACCOUNT);
            database.execute(ROWS);
            database.to("24").execute(CHECKOUTS);

            database.toPresent();

            assertThat(database.pending()).isEmpty();
            assertThat(database.strings(
                            "select concat_ws(' ', status, quantity::real, units::real, withheld_units::real,"
                                    + " next_at is not null) from allotment.metered_reports order by status, quantity"))
                    .containsExactly(
                            "REJECTED -0.6 -1 0 f",
                            "REJECTED 1.4 1 0 f",
                            "SENT -0.6 -1 0 f",
                            "SENT 1.4 1 0 f",
                            "TAKEN_BACK -0.6 -1 0 f",
                            "TAKEN_BACK 1.4 1 0 f",
                            "UNCLEAR -0.6 -1 0 f",
                            "UNCLEAR 1.4 1 0 f",
                            "WAITING -0.6 -1 0 t",
                            "WAITING 1.4 1 0 t");
            assertThat(database.strings(
                            "select concat_ws(' ', status, gateway_id, url, subscription_id, canceled_at is not null)"
                                    + " from allotment.subscription_checkouts order by status, gateway_id nulls last"))
                    .as("where one that is over could be paid is not known any more")
                    .containsExactly(
                            "CANCELED cs_canceled t",
                            "CANCELED t",
                            "EXPIRED cs_CLOSED f",
                            "OPEN cs_OPEN https://pay.example/ada f",
                            "OPEN f",
                            "PAID cs_DONE https://pay.example/ada sub_1 f",
                            "PAID sub_1 f",
                            "REFUSED f",
                            "SUBSCRIBED cs_all sub_3 t",
                            "SUBSCRIBED cs_subscribed sub_2 f");
            assertThat(database.strings(
                            "select checkout_id from allotment.credit_purchases where checkout_url is not null"
                                    + " order by checkout_id collate \"C\""))
                    .as("what is over and can be paid still is to be closed")
                    .containsExactly("canceled1", "open-1", "open1", "paid1");
            assertThat(database.strings("select job from allotment.failed_work order by job"))
                    .as("events have pauses of their own now")
                    .containsExactly("lapse", "retention");
            assertThat(database.strings(
                            "select concat_ws(' ', id, status, attempts, payload) from allotment.payment_events"
                                    + " order by id collate \"C\""))
                    .containsExactly(
                            "applied APPLIED 0",
                            "erased WAITING 0",
                            "failing WAITING 1 {}",
                            "fresh WAITING 0 {}",
                            "given up WAITING 0",
                            "ignored IGNORED 0",
                            "unknown UNKNOWN 0 {}",
                            "unknown for good UNKNOWN 0");
            assertThat(database.strings("select relname from pg_class where relnamespace = 'allotment'::regnamespace"
                            + " and relrowsecurity and not relforcerowsecurity"))
                    .as("row-level security binds the owner again")
                    .isEmpty();
        }
    }
}
