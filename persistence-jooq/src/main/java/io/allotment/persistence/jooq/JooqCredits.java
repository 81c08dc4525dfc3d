package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.CREDIT_ACCOUNTS;
import static io.allotment.persistence.jooq.generated.Tables.CREDIT_ENTRIES;
import static io.allotment.persistence.jooq.generated.Tables.CREDIT_GRANTS;

import io.allotment.domain.credit.CreditAccount;
import io.allotment.domain.credit.CreditAccounts;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.CreditGrant;
import io.allotment.domain.credit.CreditReason;
import io.allotment.domain.credit.EntryFilter;
import io.allotment.domain.credit.GrantSource;
import io.allotment.domain.credit.GrantTerms;
import io.allotment.domain.gate.GateState;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.TenantId;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;

final class JooqCredits implements CreditAccounts {

    private final DSLContext db;

    JooqCredits(DSLContext db) {
        this.db = db;
    }

    @Override
    public Optional<CreditAccount> find(TenantId tenant, AccountId account) {
        // One statement, so that balance and grants are of one moment, also without the account's lock.
        var rows = db.select(CREDIT_ACCOUNTS.fields())
                .select(CREDIT_GRANTS.fields())
                .from(CREDIT_ACCOUNTS)
                .leftJoin(CREDIT_GRANTS)
                .on(CREDIT_GRANTS.TENANT_ID.eq(CREDIT_ACCOUNTS.TENANT_ID))
                .and(CREDIT_GRANTS.ACCOUNT_ID.eq(CREDIT_ACCOUNTS.ACCOUNT_ID))
                .and(CREDIT_GRANTS.LIVE)
                .where(CREDIT_ACCOUNTS.TENANT_ID.eq(tenant.value()))
                .and(CREDIT_ACCOUNTS.ACCOUNT_ID.eq(account.value()))
                .fetch();
        var grants = rows.stream()
                .filter(row -> row.get(CREDIT_GRANTS.ID) != null)
                .map(JooqCredits::grant)
                .toList();
        return rows.stream().findFirst().map(row -> account(row, grants));
    }

    @Override
    public void save(CreditAccount.Movement movement) {
        var trip = new RoundTrip().add(insertGrants(movement.touched()));
        addChanges(trip, List.of(movement), OptionalLong.empty());
        try {
            trip.run(db);
        } catch (DataAccessException taken) {
            throw SqlErrors.keyReused(
                    taken, movement.entries().stream().flatMap(entry -> entry.reason().idempotencyKey().stream()));
        }
    }

    /** New grants; those that are there already stay as they are. */
    static Statement insertGrants(List<CreditGrant> grants) {
        var rows = new Rows<>(grants);
        return rows.command(
                """
                insert into allotment.credit_grants (
                    tenant_id, id, account_id, amount, remaining, held, source, source_id, priority, effective_from,
                    expires_at, payment_reference, description, metadata, rollover_max, rollover_until, voided_at,
                    created_at)
                select
                    tenant_id, id, account_id, amount, remaining, held, source, source_id, priority,
                    effective_from::timestamptz, expires_at::timestamptz, payment_reference, description, metadata::jsonb,
                    rollover_max, rollover_until::timestamptz, voided_at::timestamptz, created_at::timestamptz
                from (
                    select unnest(?) as tenant_id, unnest(?) as id, unnest(?) as account_id, unnest(?) as amount,
                        unnest(?) as remaining, unnest(?) as held, unnest(?) as source, unnest(?) as source_id,
                        unnest(?) as priority, unnest(?) as effective_from, unnest(?) as expires_at,
                        unnest(?) as payment_reference, unnest(?) as description, unnest(?) as metadata,
                        unnest(?) as rollover_max, unnest(?) as rollover_until, unnest(?) as voided_at,
                        unnest(?) as created_at
                ) n
                on conflict (tenant_id, id) do nothing
                """,
                rows.column(UUID.class, g -> g.tenantId().value()),
                rows.column(UUID.class, g -> g.id().value()),
                rows.column(UUID.class, g -> g.accountId().value()),
                rows.column(BigDecimal.class, g -> g.terms().amount().value()),
                rows.column(BigDecimal.class, g -> g.remaining().value()),
                rows.column(BigDecimal.class, g -> g.held().value()),
                rows.column(String.class, g -> g.terms().source().name()),
                rows.column(String.class, g -> g.terms().sourceId().orElse(null)),
                rows.column(Long.class, g -> (long) g.terms().priority()),
                rows.column(String.class, g -> Columns.text(g.terms().effectiveFrom())),
                rows.column(String.class, g -> Columns.text(g.terms().expiresAt())),
                rows.column(String.class, g -> g.terms().paymentReference().orElse(null)),
                rows.column(String.class, g -> g.terms().description().orElse(null)),
                rows.column(String.class, g -> Json.write(g.terms().metadata().fields())),
                rows.column(
                        BigDecimal.class,
                        g -> g.terms().rollover().map(r -> r.max().value()).orElse(null)),
                rows.column(String.class, g -> Columns.text(g.terms().rollover().map(GrantTerms.Rollover::until))),
                rows.column(String.class, g -> Columns.text(g.voidedAt())),
                rows.column(String.class, g -> g.createdAt().toString()));
    }

    /**
     * Accounts, their grants' remainders and their new entries: three statements, however many there are.
     *
     * @param version which the accounts have from now on; none where it has changed with their lock
     */
    static void addChanges(RoundTrip trip, List<CreditAccount.Movement> movements, OptionalLong version) {
        trip.add(updateAccounts(
                movements.stream().map(CreditAccount.Movement::account).toList(), version));
        trip.add(updateGrants(movements)).add(insertEntries(movements));
    }

    private static Statement updateAccounts(List<CreditAccount> accounts, OptionalLong version) {
        if (accounts.size() == 1) {
            return updateAccount(accounts.get(0), version);
        }
        var rows = new Rows<>(accounts);
        return rows.lookup(
                """
                update allotment.credit_accounts a
                set balance = n.balance, held = n.held, overdraft = n.overdraft, overdraft_limit = n.overdraft_limit,
                    low_noticed = n.low_noticed = 'y', last_sequence = n.last_sequence, version = coalesce(n.version, a.version)
                from (
                    select unnest(?) as tenant_id, unnest(?) as account_id, unnest(?) as balance, unnest(?) as held,
                        unnest(?) as overdraft, unnest(?) as overdraft_limit, unnest(?) as low_noticed,
                        unnest(?) as last_sequence, unnest(?) as version
                    limit ?
                ) n
                where a.tenant_id = n.tenant_id and a.account_id = n.account_id
                """,
                rows.column(UUID.class, a -> a.tenantId().value()),
                rows.column(UUID.class, a -> a.id().value()),
                rows.column(BigDecimal.class, a -> a.balance().value()),
                rows.column(BigDecimal.class, a -> a.held().value()),
                rows.column(BigDecimal.class, a -> a.overdraft().value()),
                rows.column(BigDecimal.class, a -> a.overdraftLimit().value()),
                rows.column(String.class, a -> a.lowNoticed() ? "y" : "n"),
                rows.column(Long.class, CreditAccount::lastSequence),
                rows.column(Long.class, a -> orNull(version)));
    }

    private static Long orNull(OptionalLong value) {
        return value.isPresent() ? value.getAsLong() : null;
    }

    /** A single one, as on a hot account, costs less than half of a join with a list of one. */
    private static Statement updateAccount(CreditAccount account, OptionalLong version) {
        return Statement.command(
                """
                update allotment.credit_accounts
                set balance = ?, held = ?, overdraft = ?, overdraft_limit = ?, low_noticed = ?, last_sequence = ?,
                    version = coalesce(?::bigint, version)
                where tenant_id = ? and account_id = ?
                """,
                account.balance().value(),
                account.held().value(),
                account.overdraft().value(),
                account.overdraftLimit().value(),
                account.lowNoticed(),
                account.lastSequence(),
                orNull(version),
                account.tenantId().value(),
                account.id().value());
    }

    /**
     * Accounts that hold nothing for work under way. Waits, as for their locks, for whoever else changes one, and takes them
     * in their order.
     *
     * @param versions which are remembered
     * @param version which those have from now on that still have the version that is remembered; the others have none
     */
    static Statement updateRemembered(
            List<CreditAccount> accounts, Map<GateState.AccountRef, Long> versions, long version) {
        if (accounts.size() == 1) {
            var account = accounts.get(0);
            return Statement.command(
                    """
                    update allotment.credit_accounts
                    set balance = ?, overdraft = ?, low_noticed = ?, last_sequence = ?,
                        version = case when version = ? then ? else 0 end
                    where tenant_id = ? and account_id = ?
                    """,
                    account.balance().value(),
                    account.overdraft().value(),
                    account.lowNoticed(),
                    account.lastSequence(),
                    versions.get(ref(account)),
                    version,
                    account.tenantId().value(),
                    account.id().value());
        }
        var rows = new Rows<>(accounts);
        return rows.lookup(
                """
                update allotment.credit_accounts a
                set balance = n.balance, overdraft = n.overdraft, low_noticed = n.low_noticed = 'y',
                    last_sequence = n.last_sequence, version = case when a.version = n.remembered then n.version else 0 end
                from (
                    select unnest(?) as tenant_id, unnest(?) as account_id, unnest(?) as balance, unnest(?) as overdraft,
                        unnest(?) as low_noticed, unnest(?) as last_sequence, unnest(?) as remembered,
                        unnest(?) as version
                    limit ?
                ) n
                where a.tenant_id = n.tenant_id and a.account_id = n.account_id
                """,
                rows.column(UUID.class, a -> a.tenantId().value()),
                rows.column(UUID.class, a -> a.id().value()),
                rows.column(BigDecimal.class, a -> a.balance().value()),
                rows.column(BigDecimal.class, a -> a.overdraft().value()),
                rows.column(String.class, a -> a.lowNoticed() ? "y" : "n"),
                rows.column(Long.class, CreditAccount::lastSequence),
                rows.column(Long.class, a -> versions.get(ref(a))),
                rows.column(Long.class, a -> version));
    }

    private static GateState.AccountRef ref(CreditAccount account) {
        return new GateState.AccountRef(account.tenantId(), account.id());
    }

    private static Statement updateGrant(CreditGrant grant) {
        return Statement.command(
                """
                update allotment.credit_grants
                set remaining = ?, held = ?, voided_at = ?::timestamptz
                where tenant_id = ? and account_id = ? and id = ?
                """,
                grant.remaining().value(),
                grant.held().value(),
                Columns.text(grant.voidedAt()),
                grant.tenantId().value(),
                grant.accountId().value(),
                grant.id().value());
    }

    static Statement updateGrants(List<CreditAccount.Movement> movements) {
        var grants = movements.stream()
                .flatMap(movement -> movement.touched().stream())
                .toList();
        if (grants.size() == 1) {
            return updateGrant(grants.get(0));
        }
        var rows = new Rows<>(grants);
        return rows.lookup(
                """
                update allotment.credit_grants g
                set remaining = n.remaining, held = n.held, voided_at = n.voided_at::timestamptz
                from (
                    select unnest(?) as tenant_id, unnest(?) as account_id, unnest(?) as id, unnest(?) as remaining,
                        unnest(?) as held, unnest(?) as voided_at
                    limit ?
                ) n
                where g.tenant_id = n.tenant_id and g.account_id = n.account_id and g.id = n.id
                """,
                rows.column(UUID.class, g -> g.tenantId().value()),
                rows.column(UUID.class, g -> g.accountId().value()),
                rows.column(UUID.class, g -> g.id().value()),
                rows.column(BigDecimal.class, g -> g.remaining().value()),
                rows.column(BigDecimal.class, g -> g.held().value()),
                rows.column(String.class, g -> Columns.text(g.voidedAt())));
    }

    static Statement insertEntries(List<CreditAccount.Movement> movements) {
        var entries = movements.stream()
                .flatMap(movement -> movement.entries().stream())
                .toList();
        var insert = new Insert<>("credit_entries", entries);
        var draws = insert.lists(CreditEntry::draws);
        return insert.column("tenant_id", Insert.Type.UUID, e -> e.tenantId().value())
                .column("account_id", Insert.Type.UUID, e -> e.accountId().value())
                .column("sequence", Insert.Type.BIGINT, CreditEntry::sequence)
                .column("type", Insert.Type.TEXT, e -> e.type().name())
                .column("amount", Insert.Type.NUMERIC, e -> e.amount().value())
                .column(
                        "balance_after",
                        Insert.Type.NUMERIC,
                        e -> e.balanceAfter().value())
                .arrays(
                        "draw_grant_ids",
                        Insert.Type.UUID,
                        draws,
                        draw -> draw.grant().value())
                .arrays(
                        "draw_amounts",
                        Insert.Type.NUMERIC,
                        draws,
                        draw -> draw.amount().value())
                .arrays(
                        "draw_remaining",
                        Insert.Type.NUMERIC,
                        draws,
                        draw -> draw.remainingAfter().value())
                .column(
                        "overdraft_change",
                        Insert.Type.NUMERIC,
                        e -> e.overdraftChange().value())
                .column(
                        "actor_user_id",
                        Insert.Type.UUID,
                        e -> Columns.userId(e.reason().actor()))
                .column(
                        "actor_key_id",
                        Insert.Type.UUID,
                        e -> Columns.keyId(e.reason().actor()))
                .column(
                        "source",
                        Insert.Type.TEXT,
                        e -> e.reason().source().map(GrantSource::name).orElse(null))
                .column(
                        "source_id",
                        Insert.Type.TEXT,
                        e -> e.reason().sourceId().orElse(null))
                .column(
                        "expires_at",
                        Insert.Type.TIMESTAMP,
                        e -> e.reason().expiresAt().orElse(null))
                .column(
                        "payment_reference",
                        Insert.Type.TEXT,
                        e -> e.reason().paymentReference().orElse(null))
                .column(
                        "decision_id",
                        Insert.Type.UUID,
                        e -> e.reason().decision().map(DecisionId::value).orElse(null))
                .column(
                        "related_type",
                        Insert.Type.TEXT,
                        e -> Columns.type(e.reason().relatedTo()))
                .column(
                        "related_id",
                        Insert.Type.TEXT,
                        e -> Columns.id(e.reason().relatedTo()))
                .column(
                        "description",
                        Insert.Type.TEXT,
                        e -> e.reason().description().orElse(null))
                .column(
                        "metadata",
                        Insert.Type.JSON,
                        e -> Json.orNull(e.reason().metadata()))
                .column(
                        "idempotency_key",
                        Insert.Type.TEXT,
                        e -> e.reason()
                                .idempotencyKey()
                                .map(IdempotencyKey::value)
                                .orElse(null))
                .column("created_at", Insert.Type.TIMESTAMP, CreditEntry::at)
                .statement();
    }

    @Override
    public Optional<CreditGrant> findGrant(TenantId tenant, GrantId grant) {
        return db.selectFrom(CREDIT_GRANTS)
                .where(CREDIT_GRANTS.TENANT_ID.eq(tenant.value()))
                .and(CREDIT_GRANTS.ID.eq(grant.value()))
                .fetchOptional(JooqCredits::grant);
    }

    @Override
    public Page<CreditGrant> listGrants(
            TenantId tenant, AccountId account, Optional<Period> expiring, PageRequest page) {
        var rows = db.selectFrom(CREDIT_GRANTS)
                .where(CREDIT_GRANTS.TENANT_ID.eq(tenant.value()))
                .and(CREDIT_GRANTS.ACCOUNT_ID.eq(account.value()))
                .and(expiring.map(period -> DSL.condition(CREDIT_GRANTS.LIVE)
                                .and(CREDIT_GRANTS.EXPIRES_AT.gt(period.start()))
                                .and(period.end()
                                        .<Condition>map(CREDIT_GRANTS.EXPIRES_AT::lt)
                                        .orElse(DSL.noCondition())))
                        .orElse(DSL.noCondition()))
                .and(Columns.before(CREDIT_GRANTS.ID, page))
                .orderBy(CREDIT_GRANTS.ID.desc())
                .limit(page.limit() + 1)
                .fetch(JooqCredits::grant);
        return Page.of(rows, page, grant -> grant.id().toString());
    }

    @Override
    public Optional<CreditEntry> findEntry(TenantId tenant, IdempotencyKey key) {
        return db.selectFrom(CREDIT_ENTRIES)
                .where(CREDIT_ENTRIES.TENANT_ID.eq(tenant.value()))
                .and(CREDIT_ENTRIES.IDEMPOTENCY_KEY.eq(key.value()))
                .fetchOptional(JooqCredits::entry);
    }

    @Override
    public Page<CreditEntry> listEntries(TenantId tenant, AccountId account, EntryFilter filter, PageRequest page) {
        var rows = db.selectFrom(CREDIT_ENTRIES)
                .where(CREDIT_ENTRIES.TENANT_ID.eq(tenant.value()))
                .and(CREDIT_ENTRIES.ACCOUNT_ID.eq(account.value()))
                .and(matching(filter))
                .and(page.after()
                        .<Condition>map(after -> CREDIT_ENTRIES.SEQUENCE.lt(Columns.number(after)))
                        .orElse(DSL.noCondition()))
                .orderBy(CREDIT_ENTRIES.SEQUENCE.desc())
                .limit(page.limit() + 1)
                .fetch(JooqCredits::entry);
        return Page.of(rows, page, entry -> Long.toString(entry.sequence()));
    }

    private static Condition matching(EntryFilter filter) {
        var none = DSL.noCondition();
        return DSL.and(
                filter.type()
                        .<Condition>map(type -> CREDIT_ENTRIES.TYPE.eq(type.name()))
                        .orElse(none),
                filter.source()
                        .<Condition>map(source -> CREDIT_ENTRIES.SOURCE.eq(source.name()))
                        .orElse(none),
                equal(CREDIT_ENTRIES.SOURCE_ID, filter.sourceId()),
                equal(CREDIT_ENTRIES.PAYMENT_REFERENCE, filter.paymentReference()),
                filter.relatedTo()
                        .<Condition>map(entity -> CREDIT_ENTRIES
                                .RELATED_TYPE
                                .eq(entity.type())
                                .and(CREDIT_ENTRIES.RELATED_ID.eq(entity.id())))
                        .orElse(none),
                filter.expiresBefore()
                        .<Condition>map(CREDIT_ENTRIES.EXPIRES_AT::lt)
                        .orElse(none));
    }

    private static Condition equal(Field<String> column, Optional<String> wanted) {
        return wanted.<Condition>map(column::eq).orElse(DSL.noCondition());
    }

    static CreditAccount account(Record row, List<CreditGrant> grants) {
        return new CreditAccount(
                new TenantId(row.get(CREDIT_ACCOUNTS.TENANT_ID)),
                new AccountId(row.get(CREDIT_ACCOUNTS.ACCOUNT_ID)),
                new Credits(row.get(CREDIT_ACCOUNTS.BALANCE)),
                new Credits(row.get(CREDIT_ACCOUNTS.HELD)),
                new Credits(row.get(CREDIT_ACCOUNTS.OVERDRAFT)),
                new Credits(row.get(CREDIT_ACCOUNTS.OVERDRAFT_LIMIT)),
                row.get(CREDIT_ACCOUNTS.LOW_NOTICED),
                row.get(CREDIT_ACCOUNTS.LAST_SEQUENCE),
                grants);
    }

    static CreditGrant grant(Record row) {
        return new CreditGrant(
                new TenantId(row.get(CREDIT_GRANTS.TENANT_ID)),
                new GrantId(row.get(CREDIT_GRANTS.ID)),
                new AccountId(row.get(CREDIT_GRANTS.ACCOUNT_ID)),
                new GrantTerms(
                        new Credits(row.get(CREDIT_GRANTS.AMOUNT)),
                        GrantSource.valueOf(row.get(CREDIT_GRANTS.SOURCE)),
                        Columns.optional(row, CREDIT_GRANTS.SOURCE_ID),
                        row.get(CREDIT_GRANTS.PRIORITY),
                        Columns.optional(row, CREDIT_GRANTS.EFFECTIVE_FROM),
                        Columns.optional(row, CREDIT_GRANTS.EXPIRES_AT),
                        Columns.optional(row, CREDIT_GRANTS.PAYMENT_REFERENCE),
                        Columns.optional(row, CREDIT_GRANTS.DESCRIPTION),
                        Json.document(row.get(CREDIT_GRANTS.METADATA)),
                        Columns.optional(row, CREDIT_GRANTS.ROLLOVER_MAX)
                                .map(max -> new GrantTerms.Rollover(
                                        new Credits(max), row.get(CREDIT_GRANTS.ROLLOVER_UNTIL)))),
                new Credits(row.get(CREDIT_GRANTS.REMAINING)),
                new Credits(row.get(CREDIT_GRANTS.HELD)),
                Columns.optional(row, CREDIT_GRANTS.VOIDED_AT),
                row.get(CREDIT_GRANTS.CREATED_AT));
    }

    static CreditEntry entry(Record row) {
        return new CreditEntry(
                new TenantId(row.get(CREDIT_ENTRIES.TENANT_ID)),
                new AccountId(row.get(CREDIT_ENTRIES.ACCOUNT_ID)),
                row.get(CREDIT_ENTRIES.SEQUENCE),
                CreditEntry.Type.valueOf(row.get(CREDIT_ENTRIES.TYPE)),
                new Credits(row.get(CREDIT_ENTRIES.AMOUNT)),
                new Credits(row.get(CREDIT_ENTRIES.BALANCE_AFTER)),
                draws(row),
                new Credits(row.get(CREDIT_ENTRIES.OVERDRAFT_CHANGE)),
                new CreditReason(
                        Columns.actor(row.get(CREDIT_ENTRIES.ACTOR_USER_ID), row.get(CREDIT_ENTRIES.ACTOR_KEY_ID)),
                        Columns.optional(row, CREDIT_ENTRIES.SOURCE).map(GrantSource::valueOf),
                        Columns.optional(row, CREDIT_ENTRIES.SOURCE_ID),
                        Columns.optional(row, CREDIT_ENTRIES.EXPIRES_AT),
                        Columns.optional(row, CREDIT_ENTRIES.PAYMENT_REFERENCE),
                        Columns.optional(row, CREDIT_ENTRIES.DECISION_ID).map(DecisionId::new),
                        Columns.relatedTo(row.get(CREDIT_ENTRIES.RELATED_TYPE), row.get(CREDIT_ENTRIES.RELATED_ID)),
                        Columns.optional(row, CREDIT_ENTRIES.DESCRIPTION),
                        Json.document(row.get(CREDIT_ENTRIES.METADATA)),
                        Columns.optional(row, CREDIT_ENTRIES.IDEMPOTENCY_KEY).map(IdempotencyKey::new)),
                row.get(CREDIT_ENTRIES.CREATED_AT));
    }

    private static List<CreditEntry.Draw> draws(Record row) {
        var grants = row.get(CREDIT_ENTRIES.DRAW_GRANT_IDS);
        var amounts = row.get(CREDIT_ENTRIES.DRAW_AMOUNTS);
        var remaining = row.get(CREDIT_ENTRIES.DRAW_REMAINING);
        var draws = new ArrayList<CreditEntry.Draw>(grants.length);
        for (int i = 0; i < grants.length; i++) {
            draws.add(new CreditEntry.Draw(new GrantId(grants[i]), new Credits(amounts[i]), new Credits(remaining[i])));
        }
        return draws;
    }
}
