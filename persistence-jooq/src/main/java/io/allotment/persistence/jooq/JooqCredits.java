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
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
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
                .and(CREDIT_GRANTS.REMAINING.gt(BigDecimal.ZERO))
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
        insertGrants(movement.touched());
        try {
            Statement.run(db, changes(List.of(movement)));
        } catch (DataAccessException taken) {
            throw SqlErrors.keyReused(
                    taken, movement.entries().stream().flatMap(entry -> entry.reason().idempotencyKey().stream()));
        }
    }

    /** New grants; those that are there already stay as they are. */
    private void insertGrants(Collection<CreditGrant> grants) {
        for (var grant : grants) {
            var terms = grant.terms();
            db.insertInto(CREDIT_GRANTS)
                    .set(CREDIT_GRANTS.TENANT_ID, grant.tenantId().value())
                    .set(CREDIT_GRANTS.ID, grant.id().value())
                    .set(CREDIT_GRANTS.ACCOUNT_ID, grant.accountId().value())
                    .set(CREDIT_GRANTS.AMOUNT, terms.amount().value())
                    .set(CREDIT_GRANTS.REMAINING, grant.remaining().value())
                    .set(CREDIT_GRANTS.SOURCE, terms.source().name())
                    .set(CREDIT_GRANTS.SOURCE_ID, terms.sourceId().orElse(null))
                    .set(CREDIT_GRANTS.PRIORITY, terms.priority())
                    .set(CREDIT_GRANTS.EFFECTIVE_FROM, terms.effectiveFrom().orElse(null))
                    .set(CREDIT_GRANTS.EXPIRES_AT, terms.expiresAt().orElse(null))
                    .set(
                            CREDIT_GRANTS.PAYMENT_REFERENCE,
                            terms.paymentReference().orElse(null))
                    .set(CREDIT_GRANTS.DESCRIPTION, terms.description().orElse(null))
                    .set(CREDIT_GRANTS.METADATA, Json.jsonb(terms.metadata()))
                    .set(CREDIT_GRANTS.VOIDED_AT, grant.voidedAt().orElse(null))
                    .set(CREDIT_GRANTS.CREATED_AT, grant.createdAt())
                    .onConflict(CREDIT_GRANTS.TENANT_ID, CREDIT_GRANTS.ID)
                    .doNothing()
                    .execute();
        }
    }

    /** Accounts, their grants' remainders and their new entries: three statements, however many there are. */
    static Stream<Statement> changes(List<CreditAccount.Movement> movements) {
        return Stream.of(
                updateAccounts(
                        movements.stream().map(CreditAccount.Movement::account).toList()),
                updateGrants(
                        movements.stream().flatMap(m -> m.touched().stream()).toList()),
                insertEntries(
                        movements.stream().flatMap(m -> m.entries().stream()).toList()));
    }

    private static Statement updateAccounts(List<CreditAccount> accounts) {
        var rows = new Rows<>(accounts);
        return rows.command(
                """
                update allotment.credit_accounts a
                set balance = n.balance, last_sequence = n.last_sequence
                from unnest(?, ?, ?, ?) as n(tenant_id, account_id, balance, last_sequence)
                where a.tenant_id = n.tenant_id and a.account_id = n.account_id
                """,
                rows.column(UUID.class, a -> a.tenantId().value()),
                rows.column(UUID.class, a -> a.id().value()),
                rows.column(BigDecimal.class, a -> a.balance().value()),
                rows.column(Long.class, a -> a.lastSequence()));
    }

    private static Statement updateGrants(List<CreditGrant> grants) {
        var rows = new Rows<>(grants);
        return rows.command(
                """
                update allotment.credit_grants g
                set remaining = n.remaining, voided_at = n.voided_at::timestamptz
                from unnest(?, ?, ?, ?) as n(tenant_id, id, remaining, voided_at)
                where g.tenant_id = n.tenant_id and g.id = n.id
                """,
                rows.column(UUID.class, g -> g.tenantId().value()),
                rows.column(UUID.class, g -> g.id().value()),
                rows.column(BigDecimal.class, g -> g.remaining().value()),
                rows.column(String.class, g -> text(g.voidedAt())));
    }

    private static Statement insertEntries(List<CreditEntry> entries) {
        var rows = new Rows<>(entries);
        return rows.command(
                """
                insert into allotment.credit_entries (
                    tenant_id, account_id, sequence, type, amount, balance_after,
                    draw_grant_ids, draw_amounts, draw_remaining, actor_user_id, source, source_id, expires_at,
                    payment_reference, decision_id, related_type, related_id, description, metadata,
                    idempotency_key, created_at)
                select
                    tenant_id, account_id, sequence, type, amount, balance_after,
                    draw_grant_ids::uuid[], draw_amounts::numeric[], draw_remaining::numeric[], actor_user_id, source,
                    source_id, expires_at::timestamptz, payment_reference, decision_id, related_type, related_id,
                    description, metadata::jsonb, idempotency_key, created_at::timestamptz
                from unnest(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) as n(
                    tenant_id, account_id, sequence, type, amount, balance_after, draw_grant_ids, draw_amounts,
                    draw_remaining, actor_user_id, source, source_id, expires_at, payment_reference, decision_id,
                    related_type, related_id, description, metadata, idempotency_key, created_at)
                """,
                rows.column(UUID.class, e -> e.tenantId().value()),
                rows.column(UUID.class, e -> e.accountId().value()),
                rows.column(Long.class, CreditEntry::sequence),
                rows.column(String.class, e -> e.type().name()),
                rows.column(BigDecimal.class, e -> e.amount().value()),
                rows.column(BigDecimal.class, e -> e.balanceAfter().value()),
                rows.column(String.class, e -> Rows.literal(e.draws(), d -> d.grant())),
                rows.column(String.class, e -> Rows.literal(e.draws(), d -> d.amount())),
                rows.column(String.class, e -> Rows.literal(e.draws(), d -> d.remainingAfter())),
                rows.column(UUID.class, e -> Columns.userId(e.reason().actor())),
                rows.column(
                        String.class,
                        e -> e.reason().source().map(GrantSource::name).orElse(null)),
                rows.column(String.class, e -> e.reason().sourceId().orElse(null)),
                rows.column(String.class, e -> text(e.reason().expiresAt())),
                rows.column(String.class, e -> e.reason().paymentReference().orElse(null)),
                rows.column(
                        UUID.class,
                        e -> e.reason().decision().map(DecisionId::value).orElse(null)),
                rows.column(String.class, e -> Columns.type(e.reason().relatedTo())),
                rows.column(String.class, e -> Columns.id(e.reason().relatedTo())),
                rows.column(String.class, e -> e.reason().description().orElse(null)),
                rows.column(String.class, e -> Json.orNull(e.reason().metadata())),
                rows.column(
                        String.class,
                        e -> e.reason()
                                .idempotencyKey()
                                .map(IdempotencyKey::value)
                                .orElse(null)),
                rows.column(String.class, e -> e.at().toString()));
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
                .and(expiring.map(period -> CREDIT_GRANTS
                                .REMAINING
                                .gt(BigDecimal.ZERO)
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

    private static String text(Optional<Instant> time) {
        return time.map(Instant::toString).orElse(null);
    }

    static CreditAccount account(Record row, List<CreditGrant> grants) {
        return new CreditAccount(
                new TenantId(row.get(CREDIT_ACCOUNTS.TENANT_ID)),
                new AccountId(row.get(CREDIT_ACCOUNTS.ACCOUNT_ID)),
                new Credits(row.get(CREDIT_ACCOUNTS.BALANCE)),
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
                        Json.document(row.get(CREDIT_GRANTS.METADATA))),
                new Credits(row.get(CREDIT_GRANTS.REMAINING)),
                Columns.optional(row, CREDIT_GRANTS.VOIDED_AT),
                row.get(CREDIT_GRANTS.CREATED_AT));
    }

    private static CreditEntry entry(Record row) {
        return new CreditEntry(
                new TenantId(row.get(CREDIT_ENTRIES.TENANT_ID)),
                new AccountId(row.get(CREDIT_ENTRIES.ACCOUNT_ID)),
                row.get(CREDIT_ENTRIES.SEQUENCE),
                CreditEntry.Type.valueOf(row.get(CREDIT_ENTRIES.TYPE)),
                new Credits(row.get(CREDIT_ENTRIES.AMOUNT)),
                new Credits(row.get(CREDIT_ENTRIES.BALANCE_AFTER)),
                draws(row),
                new CreditReason(
                        Columns.actor(row.get(CREDIT_ENTRIES.ACTOR_USER_ID)),
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

    /** The draws of an entry; none where the row has no entry. */
    static List<CreditEntry.Draw> draws(Record row) {
        var grants = row.get(CREDIT_ENTRIES.DRAW_GRANT_IDS);
        var draws = new ArrayList<CreditEntry.Draw>();
        for (int i = 0; grants != null && i < grants.length; i++) {
            draws.add(new CreditEntry.Draw(
                    new GrantId(grants[i]),
                    new Credits(row.get(CREDIT_ENTRIES.DRAW_AMOUNTS)[i]),
                    new Credits(row.get(CREDIT_ENTRIES.DRAW_REMAINING)[i])));
        }
        return draws;
    }
}
