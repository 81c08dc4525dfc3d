package io.allotment.persistence.jooq;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.jooq.Field;

/**
 * The keys that a batch's state is looked up by, each with one index probe of its own inside one statement ({@code cross
 * join lateral … offset 0}): with {@code tenant_id = ? and key = any(?)} the planner may read the whole tenant, see
 * docs/decisions/0011. What a reservation or a decision has to tell first, the same statement finds.
 */
final class GateSources {

    /**
     * Rows of keys, as the from clause names them: {@code k}.
     *
     * @param values for its question marks
     */
    record Source(String sql, List<Object> values) {

        /** What is found for each of the keys, in their order. */
        Statement probe(Field<?>[] columns, String lateral, Object... more) {
            var all = new ArrayList<>(values);
            all.addAll(List.of(more));
            return Statement.query(
                    "select t.* from " + sql + " cross join lateral (" + lateral + ") t", columns, all.toArray());
        }
    }

    private static final String RESERVATIONS = """
            from unnest(?, ?) as n(tenant_id, id)
            cross join lateral (
                select r.account_id, r.actor_user_id, r.actor_key_id from allotment.reservations r
                where r.tenant_id = n.tenant_id and r.id = n.id
                offset 0
            ) r
            """;

    private static final String EVENTS = """
            from unnest(?, ?) as n(tenant_id, id)
            cross join lateral (
                select r.account_id, r.actor_user_id, r.actor_key_id, r.related_type, r.related_id
                from allotment.usage_events r
                where r.tenant_id = n.tenant_id and r.id = n.id
                offset 0
            ) r
            """;

    private static final String DECISIONS = """
            from unnest(?, ?) as n(tenant_id, id)
            cross join lateral (
                select r.account_id from allotment.decisions r
                where r.tenant_id = n.tenant_id and r.id = n.id and r.answer is not null
                offset 0
            ) r
            """;

    private static final String PAYERS = """
            select n.tenant_id, coalesce(r.account_id, n.otherwise) as account_id
            from unnest(?, ?, ?) as n(tenant_id, first, otherwise)
            left join lateral (
                select a.account_id from allotment.credit_accounts a
                where a.tenant_id = n.tenant_id and a.account_id = n.first
                offset 0
            ) r on true
            """;

    private static final String SPENDERS_OF = """
            select n.tenant_id, s.kind, s.id
            %s cross join lateral (values ('MEMBER', r.actor_user_id), ('API_KEY', r.actor_key_id)) s(kind, id)
            where s.id is not null
            """;

    private final GateKeys keys;

    GateSources(GateKeys keys) {
        this.keys = keys;
    }

    /** Pairs of a tenant and an id. */
    static Source of(Keys keys) {
        return new Source("unnest(?, ?) as k(tenant_id, id)", List.of(keys.tenants(), keys.ids()));
    }

    /** The accounts that the batch is about, in the order of their locks. */
    Source lockedAccounts() {
        if (!keys.hasOpenAccounts()) {
            return candidates();
        }
        var union = new Union();
        union.add(PAYERS, keys.payerColumns());
        addNamedAccounts(union);
        return new Source("(" + union.sql + " order by tenant_id, account_id) as k", union.values);
    }

    /** The same, and those that would pay if the others were not there. */
    Source accounts() {
        if (keys.reservations.isEmpty() && keys.refunds.isEmpty()) {
            return candidates();
        }
        var union = new Union();
        union.add("select tenant_id, account_id from unnest(?, ?) as n(tenant_id, account_id)", columns(keys.accounts));
        addNamedAccounts(union);
        return new Source("(" + union.sql + ") as k", union.values);
    }

    private Source candidates() {
        return new Source(
                "unnest(?, ?) as k(tenant_id, account_id)", List.of(keys.accounts.tenants(), keys.accounts.ids()));
    }

    private void addNamedAccounts(Union union) {
        if (!keys.reservations.isEmpty()) {
            union.add("select n.tenant_id, r.account_id " + RESERVATIONS, columns(keys.reservations));
        }
        if (!keys.refunds.isEmpty()) {
            union.add("select n.tenant_id, r.account_id " + EVENTS, columns(keys.refunds));
            union.add("select n.tenant_id, r.account_id " + DECISIONS, columns(keys.refunds));
        }
    }

    /** Whose spending may be limited, in the order of the limits' locks. */
    Source spenders() {
        var union = new Union();
        union.add(
                "select tenant_id, kind, id from unnest(?, ?, ?) as n(tenant_id, kind, id)",
                column(UUID.class, keys.spenders, GateKeys.Spender::tenant),
                column(
                        String.class,
                        keys.spenders,
                        spender -> spender.spender().kind().name()),
                column(UUID.class, keys.spenders, spender -> spender.spender().id()));
        if (!keys.reservations.isEmpty()) {
            union.add(SPENDERS_OF.formatted(RESERVATIONS), columns(keys.reservations));
        }
        if (!keys.refunds.isEmpty()) {
            union.add(SPENDERS_OF.formatted(EVENTS), columns(keys.refunds));
        }
        return new Source("(" + union.sql + " order by tenant_id, kind, id) as k", union.values);
    }

    /** What may hold allocated features. */
    Source entities() {
        var union = new Union();
        union.add(
                "select tenant_id, type, id from unnest(?, ?, ?) as n(tenant_id, type, id)",
                column(UUID.class, keys.entities, GateKeys.Entity::tenant),
                column(String.class, keys.entities, entity -> entity.entity().type()),
                column(String.class, keys.entities, entity -> entity.entity().id()));
        if (!keys.refunds.isEmpty()) {
            union.add(
                    "select n.tenant_id, r.related_type, r.related_id " + EVENTS + " where r.related_id is not null",
                    columns(keys.refunds));
        }
        return new Source("(" + union.sql + ") as k", union.values);
    }

    private static Object[] columns(Keys keys) {
        return new Object[] {keys.tenants(), keys.ids()};
    }

    private static <R, T> Object[] column(Class<T> type, Collection<R> rows, Function<R, T> value) {
        return new Rows<>(List.copyOf(rows)).column(type, value);
    }

    /** Each row once, whichever of the parts gives it. */
    private static final class Union {
        private final StringBuilder sql = new StringBuilder();
        private final List<Object> values = new ArrayList<>();

        void add(String part, Object... more) {
            sql.append(sql.isEmpty() ? "" : " union ").append(part);
            values.addAll(List.of(more));
        }
    }
}
