package io.allotment.application.credit;

import io.allotment.application.access.Acting;
import io.allotment.application.shared.Moments;
import io.allotment.application.shared.PresentAccounts;
import io.allotment.domain.Persistence;
import io.allotment.domain.access.Right;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.audit.AuditValues;
import io.allotment.domain.credit.CreditAccount;
import io.allotment.domain.credit.CreditBalance;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.CreditGrant;
import io.allotment.domain.credit.CreditReason;
import io.allotment.domain.credit.EntryFilter;
import io.allotment.domain.credit.GrantSource;
import io.allotment.domain.credit.GrantTerms;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.IdempotencyKeyReused;
import io.allotment.domain.shared.Ids;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.PurchaseId;
import io.allotment.domain.shared.TenantId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Credits by hand: granting, adjusting, taking back, and looking. The gate draws them. Changes are idempotent by key: the
 * same change under the same key happens once and gives the same result; another change under it is refused
 * ({@link IdempotencyKeyReused}). Methods refuse an account that does not exist ({@link NotFound}). Thread-safe.
 */
public final class CreditService {

    private final Persistence persistence;
    private final PresentAccounts accounts;
    private final Ids ids;
    private final Moments moments;
    private final Acting acting;

    public CreditService(Persistence persistence, Ids ids, Moments moments, Acting acting) {
        this.persistence = persistence;
        this.accounts = new PresentAccounts(persistence);
        this.ids = ids;
        this.moments = moments;
        this.acting = acting;
    }

    /** Grants credits; refuses a grant that has expired already. */
    public CreditGrant grant(TenantId tenant, AccountId account, IdempotencyKey key, Actor actor, GrantTerms terms) {
        acting.requireOperator(tenant);
        return once(
                tenant,
                account,
                key,
                earlier -> earlier.type() == CreditEntry.Type.GRANTED
                        && granted(tenant, earlier).terms().equals(terms),
                earlier -> granted(tenant, earlier),
                credits -> {
                    var now = moments.now();
                    refuseOfPurchase(tenant, terms);
                    var grant = CreditGrant.of(tenant, new GrantId(ids.next()), account, terms, now);
                    if (grant.isExpiredAt(now)) {
                        throw new InvalidValue("expiresAt", "must be in the future");
                    }
                    var reason = CreditReason.about(terms, actor, terms.description(), Optional.of(key));
                    persistence.credits().save(credits.grant(grant, CreditEntry.Type.GRANTED, reason, now));
                    acting.record(tenant, granted(grant));
                    return grant;
                });
    }

    /** What was bought here brings its credits itself, when it is paid. */
    private void refuseOfPurchase(TenantId tenant, GrantTerms terms) {
        if (terms.source() == GrantSource.PURCHASE
                && terms.sourceId()
                        .flatMap(CreditService::purchaseId)
                        .flatMap(id -> persistence.creditPurchases().find(tenant, id))
                        .isPresent()) {
            throw new InvalidValue("sourceId", "is a purchase's, which brings its credits itself when it is paid");
        }
    }

    private static Optional<PurchaseId> purchaseId(String text) {
        try {
            return Optional.of(PurchaseId.of(text));
        } catch (InvalidValue anothers) {
            return Optional.empty();
        }
    }

    /** Credits that count at once and never expire, in plain words. */
    public CreditGrant grant(TenantId tenant, AccountId account, String key, GrantSource source, long amount) {
        return grant(
                tenant, account, new IdempotencyKey(key), Actor.system(), GrantTerms.of(Credits.of(amount), source));
    }

    /**
     * Corrects the balance: a positive amount adds a grant, a negative one draws on grants in burn-down order and is
     * refused where it is more than is available.
     *
     * @param description why, for the ledger
     */
    public CreditEntry adjust(
            TenantId tenant,
            AccountId account,
            IdempotencyKey key,
            Actor actor,
            Credits amount,
            Optional<String> description) {
        acting.requireOperator(tenant);
        if (amount.isZero()) {
            throw new InvalidValue("amount", "must not be zero");
        }
        return once(
                tenant,
                account,
                key,
                earlier -> earlier.type() == CreditEntry.Type.ADJUSTED
                        && earlier.amount().equals(amount)
                        && earlier.reason().description().equals(description),
                earlier -> earlier,
                credits -> {
                    var now = moments.now();
                    CreditAccount.Movement movement;
                    if (amount.isPositive()) {
                        var terms = GrantTerms.of(amount, GrantSource.ADJUSTMENT);
                        var grant = CreditGrant.of(tenant, new GrantId(ids.next()), account, terms, now);
                        var reason = CreditReason.about(terms, actor, description, Optional.of(key));
                        movement = credits.grant(grant, CreditEntry.Type.ADJUSTED, reason, now);
                    } else {
                        var reason = CreditReason.manual(actor, Optional.empty(), description, Optional.of(key));
                        movement = credits.draw(amount.negated(), CreditEntry.Type.ADJUSTED, reason, now);
                    }
                    persistence.credits().save(movement);
                    var entry = movement.entries().get(0);
                    acting.record(
                            tenant,
                            moved("credits.adjusted", "account", account, entry)
                                    .to(AuditValues.of("balance", entry.balanceAfter())
                                            .and("amount", amount)
                                            .and("description", description)
                                            .and("entry", entry.sequence())
                                            .map()));
                    return entry;
                });
    }

    /** Takes back what is left of a grant; refuses one of which nothing is left. */
    public CreditEntry voidGrant(
            TenantId tenant,
            AccountId account,
            GrantId grant,
            IdempotencyKey key,
            Actor actor,
            Optional<String> description) {
        acting.requireOperator(tenant);
        return once(
                tenant,
                account,
                key,
                earlier -> earlier.type() == CreditEntry.Type.VOIDED
                        && earlier.draws().get(0).grant().equals(grant),
                earlier -> earlier,
                credits -> {
                    var terms = persistence
                            .credits()
                            .findGrant(tenant, grant)
                            .filter(g -> g.accountId().equals(account))
                            .orElseThrow(() -> new NotFound("grant", grant))
                            .terms();
                    var movement = credits.voidGrant(
                            grant, CreditReason.about(terms, actor, description, Optional.of(key)), moments.now());
                    persistence.credits().save(movement);
                    var entry = movement.entries().get(0);
                    acting.record(
                            tenant,
                            moved("credit-grant.voided", "credit-grant", grant, entry)
                                    .to(AuditValues.of("balance", entry.balanceAfter())
                                            .and("account", account)
                                            .and("amount", entry.amount())
                                            .and("description", description)
                                            .and("entry", entry.sequence())
                                            .map()));
                    return entry;
                });
    }

    /**
     * How far the account may be overdrawn from now on; zero for not at all. What is overdrawn already stays, and the next
     * credits repay it.
     */
    public CreditBalance setOverdraftLimit(TenantId tenant, AccountId account, Credits limit) {
        acting.requireOperator(tenant);
        return persistence.unitOfWork().forTenant(tenant, () -> {
            var now = moments.now();
            var present = accounts.open(tenant, account, now).credits();
            var changed = present.withOverdraftLimit(limit);
            persistence.credits().save(new CreditAccount.Movement(changed, List.of(), List.of()));
            if (!changed.overdraftLimit().equals(present.overdraftLimit())) {
                acting.record(
                        tenant,
                        AuditEvent.of("overdraft-limit.changed", "account", account)
                                .from(AuditValues.of("overdraftLimit", present.overdraftLimit())
                                        .map())
                                .to(AuditValues.of("overdraftLimit", changed.overdraftLimit())
                                        .map()));
            }
            return CreditBalance.of(changed, now);
        });
    }

    /** The balance as it is now; grants and leases whose end has come no longer count, written off or not yet. */
    public CreditBalance balance(TenantId tenant, AccountId account) {
        acting.require(tenant, Right.ACCOUNT_READ);
        return persistence.unitOfWork().forTenant(tenant, () -> {
            var now = moments.now();
            return CreditBalance.of(accounts.look(tenant, account, now).credits(), now);
        });
    }

    public CreditGrant getGrant(TenantId tenant, AccountId account, GrantId grant) {
        return read(
                tenant,
                account,
                () -> persistence
                        .credits()
                        .findGrant(tenant, grant)
                        .filter(g -> g.accountId().equals(account))
                        .orElseThrow(() -> new NotFound("grant", grant)));
    }

    /**
     * The account's grants, newest first.
     *
     * @param expiringWithin only those that hold something and expire within this time from now
     */
    public Page<CreditGrant> listGrants(
            TenantId tenant, AccountId account, Optional<Duration> expiringWithin, PageRequest page) {
        var now = moments.now();
        var expiring = expiringWithin.map(time -> Period.between(now, now.plus(time)));
        return read(tenant, account, () -> persistence.credits().listGrants(tenant, account, expiring, page));
    }

    /** The account's ledger, newest first. */
    public Page<CreditEntry> listEntries(TenantId tenant, AccountId account, EntryFilter filter, PageRequest page) {
        return read(tenant, account, () -> persistence.credits().listEntries(tenant, account, filter, page));
    }

    /** Of what the ledger tells of: the balance before it. */
    private static AuditEvent moved(String action, String entity, Object id, CreditEntry entry) {
        return AuditEvent.of(action, entity, id)
                .from(AuditValues.of("balance", entry.balanceAfter().minus(entry.amount()))
                        .map());
    }

    private static AuditEvent granted(CreditGrant grant) {
        var terms = grant.terms();
        return AuditEvent.of("credit-grant.created", "credit-grant", grant.id())
                .to(AuditValues.of("account", grant.accountId())
                        .and("amount", terms.amount())
                        .and("source", terms.source())
                        .and("sourceId", terms.sourceId())
                        .and("priority", terms.priority())
                        .and("effectiveFrom", terms.effectiveFrom())
                        .and("expiresAt", terms.expiresAt())
                        .and("paymentReference", terms.paymentReference())
                        .and("description", terms.description())
                        .and("metadata", terms.metadata())
                        .and("rolloverMax", terms.rollover().map(GrantTerms.Rollover::max))
                        .and("rolloverUntil", terms.rollover().map(GrantTerms.Rollover::until))
                        .map());
    }

    private <T> T read(TenantId tenant, AccountId account, Supplier<T> work) {
        acting.require(tenant, Right.ACCOUNT_READ);
        return persistence.unitOfWork().forTenant(tenant, () -> {
            if (persistence.accounts().find(tenant, account).isEmpty()) {
                throw new NotFound("account", account);
            }
            return work.get();
        });
    }

    private <T> T once(
            TenantId tenant,
            AccountId account,
            IdempotencyKey key,
            Function<CreditEntry, Boolean> isSame,
            Function<CreditEntry, T> replay,
            Function<CreditAccount, T> change) {
        return persistence.unitOfWork().forTenant(tenant, () -> {
            var present = accounts.open(tenant, account, moments.now()).credits();
            var earlier = persistence.credits().findEntry(tenant, key);
            if (earlier.isPresent()) {
                if (!earlier.get().accountId().equals(account) || !isSame.apply(earlier.get())) {
                    throw new IdempotencyKeyReused(key);
                }
                return replay.apply(earlier.get());
            }
            return change.apply(present);
        });
    }

    private CreditGrant granted(TenantId tenant, CreditEntry entry) {
        return persistence
                .credits()
                .findGrant(tenant, entry.draws().get(0).grant())
                .orElseThrow();
    }
}
