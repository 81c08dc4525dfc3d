package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.RESERVATIONS;

import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.credit.CreditHold;
import io.allotment.domain.gate.Decision;
import io.allotment.domain.gate.Reservation;
import io.allotment.domain.gate.Reservations;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.ReservationId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.subscription.SubscriptionStatus;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.impl.DSL;

final class JooqReservations implements Reservations {

    /** Written out, for the index of those that hold. */
    private static final Condition HOLDS = RESERVATIONS.STATUS.eq(DSL.inline(Reservation.Status.HELD.name()));

    private final DSLContext db;

    JooqReservations(DSLContext db) {
        this.db = db;
    }

    @Override
    public List<Reservation> listOverdue(TenantId tenant, AccountId account, Instant now) {
        return db.selectFrom(RESERVATIONS)
                .where(RESERVATIONS.TENANT_ID.eq(tenant.value()))
                .and(RESERVATIONS.ACCOUNT_ID.eq(account.value()))
                .and(HOLDS)
                .and(RESERVATIONS.LEASE_UNTIL.le(now))
                .orderBy(RESERVATIONS.LEASE_UNTIL, RESERVATIONS.ID)
                .limit(MAX_OVERDUE)
                .fetch(JooqReservations::reservation);
    }

    @Override
    public void update(List<Reservation> changed) {
        var rows = new Rows<>(changed);
        var written = new int[1];
        new RoundTrip()
                .add(
                        rows.lookup(
                                """
                        update allotment.reservations r
                        set status = n.status, lease_until = n.lease_until::timestamptz, ended_at = n.ended_at::timestamptz
                        from (
                            select unnest(?) as tenant_id, unnest(?) as account_id, unnest(?) as id, unnest(?) as status,
                                unnest(?) as lease_until, unnest(?) as ended_at
                            limit ?
                        ) n
                        where r.tenant_id = n.tenant_id and r.account_id = n.account_id and r.id = n.id
                        returning r.id
                        """,
                                new Field<?>[] {RESERVATIONS.ID},
                                rows.column(UUID.class, r -> r.tenantId().value()),
                                rows.column(UUID.class, r -> r.accountId().value()),
                                rows.column(UUID.class, r -> r.id().value()),
                                rows.column(String.class, r -> r.status().name()),
                                rows.column(String.class, r -> r.leaseUntil().toString()),
                                rows.column(String.class, r -> Columns.text(r.endedAt()))),
                        row -> written[0]++)
                .run(db);
        if (written[0] < changed.size()) {
            throw new IllegalStateException("A reservation to be changed is not there.");
        }
    }

    @Override
    public Optional<Reservation> find(TenantId tenant, ReservationId id) {
        return db.selectFrom(RESERVATIONS)
                .where(RESERVATIONS.TENANT_ID.eq(tenant.value()))
                .and(RESERVATIONS.ID.eq(id.value()))
                .fetchOptional(JooqReservations::reservation);
    }

    @Override
    public Page<Reservation> list(TenantId tenant, AccountId account, Optional<Instant> holdingAt, PageRequest page) {
        var rows = db.selectFrom(RESERVATIONS)
                .where(RESERVATIONS.TENANT_ID.eq(tenant.value()))
                .and(RESERVATIONS.ACCOUNT_ID.eq(account.value()))
                .and(holdingAt
                        .map(now -> RESERVATIONS
                                .STATUS
                                .eq(DSL.inline(Reservation.Status.HELD.name()))
                                .and(RESERVATIONS.LEASE_UNTIL.gt(now)))
                        .orElse(DSL.noCondition()))
                .and(Columns.before(RESERVATIONS.ID, page))
                .orderBy(RESERVATIONS.ID.desc())
                .limit(page.limit() + 1)
                .fetch(JooqReservations::reservation);
        return Page.of(rows, page, reservation -> reservation.id().toString());
    }

    /** New ones as they are; of those that are there, how they stand now. */
    static Statement upsert(List<Reservation> reservations) {
        var rows = new Rows<>(reservations);
        return rows.command(
                """
                insert into allotment.reservations (
                    tenant_id, id, account_id, actor_user_id, actor_key_id, operations, quantities, credit_rates,
                    line_credits, features, quota_used_before, quota_limits, quota_overages, quota_period_starts,
                    quota_period_ends, credits, pin_grant_ids, pin_amounts, overdraft, plan_version_id,
                    subscription_status, related_type, related_id, model, metadata, status, lease_until, created_at,
                    ended_at, provider, credit_bases)
                select
                    tenant_id, id, account_id, actor_user_id, actor_key_id, operations::text[], quantities::numeric[],
                    credit_rates::numeric[], line_credits::numeric[], features::text[], quota_used_before::numeric[],
                    quota_limits::numeric[], quota_overages::text[], quota_period_starts::timestamptz[],
                    quota_period_ends::timestamptz[], credits, pin_grant_ids::uuid[], pin_amounts::numeric[], overdraft,
                    plan_version_id, subscription_status, related_type, related_id, model, metadata::jsonb, status,
                    lease_until::timestamptz, created_at::timestamptz, ended_at::timestamptz, provider,
                    credit_bases::text[]
                from (
                    select unnest(?) as tenant_id, unnest(?) as id, unnest(?) as account_id, unnest(?) as actor_user_id,
                        unnest(?) as actor_key_id, unnest(?) as operations, unnest(?) as quantities,
                        unnest(?) as credit_rates, unnest(?) as line_credits, unnest(?) as features,
                        unnest(?) as quota_used_before, unnest(?) as quota_limits, unnest(?) as quota_overages,
                        unnest(?) as quota_period_starts, unnest(?) as quota_period_ends, unnest(?) as credits,
                        unnest(?) as pin_grant_ids, unnest(?) as pin_amounts, unnest(?) as overdraft,
                        unnest(?) as plan_version_id, unnest(?) as subscription_status, unnest(?) as related_type,
                        unnest(?) as related_id, unnest(?) as model, unnest(?) as metadata, unnest(?) as status,
                        unnest(?) as lease_until, unnest(?) as created_at, unnest(?) as ended_at,
                        unnest(?) as provider, unnest(?) as credit_bases
                ) n
                on conflict (tenant_id, id) do update
                set status = excluded.status, lease_until = excluded.lease_until, ended_at = excluded.ended_at
                """,
                rows.column(UUID.class, r -> r.tenantId().value()),
                rows.column(UUID.class, r -> r.id().value()),
                rows.column(UUID.class, r -> r.accountId().value()),
                rows.column(UUID.class, r -> Columns.userId(r.actor())),
                rows.column(UUID.class, r -> Columns.keyId(r.actor())),
                rows.column(String.class, r -> Rows.literal(r.lines(), Reservation.Line::operation)),
                rows.column(String.class, r -> Rows.literal(r.lines(), Reservation.Line::quantity)),
                rows.column(String.class, r -> Rows.literal(r.lines(), Reservation.Line::creditRate)),
                rows.column(String.class, r -> Rows.literal(r.lines(), Reservation.Line::credits)),
                rows.column(String.class, quotas(Reservation.QuotaHold::feature)),
                rows.column(String.class, quotas(Reservation.QuotaHold::usedBefore)),
                rows.column(String.class, quotas(quota -> quota.limit().orElse(null))),
                rows.column(String.class, quotas(Reservation.QuotaHold::overage)),
                rows.column(String.class, quotas(quota -> quota.period().start())),
                rows.column(String.class, quotas(quota -> quota.period().end().orElse(null))),
                rows.column(BigDecimal.class, r -> r.credits().value()),
                rows.column(String.class, r -> Rows.literal(r.hold().pins(), CreditHold.Pin::grant)),
                rows.column(String.class, r -> Rows.literal(r.hold().pins(), CreditHold.Pin::amount)),
                rows.column(BigDecimal.class, r -> r.hold().overdraft().value()),
                rows.column(
                        UUID.class,
                        r -> r.plan().map(plan -> plan.planVersionId().value()).orElse(null)),
                rows.column(
                        String.class,
                        r -> r.plan().map(plan -> plan.status().name()).orElse(null)),
                rows.column(String.class, r -> Columns.type(r.relatedTo())),
                rows.column(String.class, r -> Columns.id(r.relatedTo())),
                rows.column(String.class, r -> r.model().orElse(null)),
                rows.column(String.class, r -> Json.orNull(r.metadata())),
                rows.column(String.class, r -> r.status().name()),
                rows.column(String.class, r -> r.leaseUntil().toString()),
                rows.column(String.class, r -> r.createdAt().toString()),
                rows.column(String.class, r -> Columns.text(r.endedAt())),
                rows.column(String.class, r -> r.provider().orElse(null)),
                rows.column(String.class, JooqReservations::bases));
    }

    /** Null where all rates are for the quantity. */
    private static String bases(Reservation reservation) {
        return reservation.lines().stream().allMatch(line -> line.creditBasis() == Operation.CreditBasis.QUANTITY)
                ? null
                : Rows.literal(reservation.lines(), Reservation.Line::creditBasis);
    }

    /** One element for each line, null for a line without quota. */
    private static Function<Reservation, String> quotas(Function<Reservation.QuotaHold, Object> element) {
        return reservation -> Rows.literal(
                reservation.lines(), line -> line.quota().map(element).orElse(null));
    }

    static Reservation reservation(Record row) {
        return new Reservation(
                new TenantId(row.get(RESERVATIONS.TENANT_ID)),
                new ReservationId(row.get(RESERVATIONS.ID)),
                new AccountId(row.get(RESERVATIONS.ACCOUNT_ID)),
                Columns.actor(row.get(RESERVATIONS.ACTOR_USER_ID), row.get(RESERVATIONS.ACTOR_KEY_ID)),
                lines(row),
                Columns.optional(row, RESERVATIONS.PLAN_VERSION_ID)
                        .map(plan -> new Decision.PlanStanding(
                                new PlanVersionId(plan),
                                SubscriptionStatus.valueOf(row.get(RESERVATIONS.SUBSCRIPTION_STATUS)))),
                hold(row),
                Columns.relatedTo(row.get(RESERVATIONS.RELATED_TYPE), row.get(RESERVATIONS.RELATED_ID)),
                Columns.optional(row, RESERVATIONS.MODEL),
                Json.document(row.get(RESERVATIONS.METADATA)),
                Reservation.Status.valueOf(row.get(RESERVATIONS.STATUS)),
                row.get(RESERVATIONS.LEASE_UNTIL),
                row.get(RESERVATIONS.CREATED_AT),
                Columns.optional(row, RESERVATIONS.ENDED_AT),
                Columns.optional(row, RESERVATIONS.PROVIDER));
    }

    private static List<Reservation.Line> lines(Record row) {
        var operations = row.get(RESERVATIONS.OPERATIONS);
        var bases = row.get(RESERVATIONS.CREDIT_BASES);
        var lines = new ArrayList<Reservation.Line>(operations.length);
        for (int i = 0; i < operations.length; i++) {
            lines.add(new Reservation.Line(
                    new OperationKey(operations[i]),
                    new Quantity(row.get(RESERVATIONS.QUANTITIES)[i]),
                    new Credits(row.get(RESERVATIONS.CREDIT_RATES)[i]),
                    new Credits(row.get(RESERVATIONS.LINE_CREDITS)[i]),
                    quota(row, i),
                    bases == null ? Operation.CreditBasis.QUANTITY : Operation.CreditBasis.valueOf(bases[i])));
        }
        return lines;
    }

    private static Optional<Reservation.QuotaHold> quota(Record row, int line) {
        var feature = row.get(RESERVATIONS.FEATURES)[line];
        if (feature == null) {
            return Optional.empty();
        }
        BigDecimal limit = row.get(RESERVATIONS.QUOTA_LIMITS)[line];
        return Optional.of(new Reservation.QuotaHold(
                new FeatureKey(feature),
                Columns.period(
                        Columns.instant(row.get(RESERVATIONS.QUOTA_PERIOD_STARTS)[line]),
                        Columns.instant(row.get(RESERVATIONS.QUOTA_PERIOD_ENDS)[line])),
                new Quantity(row.get(RESERVATIONS.QUOTA_USED_BEFORE)[line]),
                Optional.ofNullable(limit).map(Quantity::new),
                Quota.Overage.valueOf(row.get(RESERVATIONS.QUOTA_OVERAGES)[line])));
    }

    private static CreditHold hold(Record row) {
        var grants = row.get(RESERVATIONS.PIN_GRANT_IDS);
        var amounts = row.get(RESERVATIONS.PIN_AMOUNTS);
        var pins = new ArrayList<CreditHold.Pin>(grants.length);
        for (int i = 0; i < grants.length; i++) {
            pins.add(new CreditHold.Pin(new GrantId(grants[i]), new Credits(amounts[i])));
        }
        return new CreditHold(pins, new Credits(row.get(RESERVATIONS.OVERDRAFT)));
    }
}
