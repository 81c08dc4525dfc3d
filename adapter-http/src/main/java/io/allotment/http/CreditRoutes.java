package io.allotment.http;

import io.allotment.domain.credit.CreditBalance;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.CreditGrant;
import io.allotment.domain.credit.EntryFilter;
import io.allotment.domain.credit.GrantSource;
import io.allotment.domain.credit.GrantTerms;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.RelatedEntity;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** An account's credits: its balance, grants and ledger. The root key acts as the system. */
final class CreditRoutes {

    private static final int MAX_DAYS = 36_500;

    void addTo(Routes routes) {
        var account = "/tenants/{tenant}/accounts/{account}";
        routes.get(account + "/credits", this::balance);
        routes.postForTenant(account + "/credits/adjustments", this::adjust);
        routes.put(account + "/credits/overdraft-limit", this::setOverdraftLimit);
        routes.get(account + "/credits/entries", this::listEntries);
        routes.get(account + "/grants", this::listGrants);
        routes.postForTenant(account + "/grants", this::grant);
        routes.get(account + "/grants/{grant}", this::getGrant);
        routes.postForTenant(account + "/grants/{grant}/void", this::voidGrant);
    }

    record NewGrant(
            Credits amount,
            GrantSource source,
            Optional<String> sourceId,
            Optional<Integer> priority,
            Optional<Instant> effectiveFrom,
            Optional<Instant> expiresAt,
            Optional<GrantTerms.Rollover> rollover,
            Optional<String> paymentReference,
            Optional<String> description,
            Optional<Document> metadata) {

        GrantTerms terms() {
            return new GrantTerms(
                    amount,
                    source,
                    sourceId,
                    priority.orElse(GrantTerms.DEFAULT_PRIORITY),
                    effectiveFrom,
                    expiresAt,
                    paymentReference,
                    description,
                    metadata.orElse(Document.EMPTY),
                    rollover);
        }
    }

    record Adjustment(Credits amount, Optional<String> description) {}

    record OverdraftLimit(Credits limit) {
        OverdraftLimit {
            if (limit.isNegative()) {
                throw new InvalidValue("limit", "must not be negative");
            }
            if (limit.isPositive()) {
                limit.requirePositive("limit");
            }
        }
    }

    record Voiding(Optional<String> description) {
        static final Voiding WITHOUT_WORDS = new Voiding(Optional.empty());
    }

    record GrantQuery(Optional<Integer> expiringWithinDays, Optional<Integer> limit, Optional<String> after) {

        Optional<Duration> expiringWithin() {
            expiringWithinDays.filter(days -> days < 1 || days > MAX_DAYS).ifPresent(days -> {
                throw new InvalidValue("expiringWithinDays", "must be from 1 to " + MAX_DAYS);
            });
            return expiringWithinDays.map(Duration::ofDays);
        }
    }

    record EntryQuery(
            Optional<CreditEntry.Type> type,
            Optional<GrantSource> source,
            Optional<String> sourceId,
            Optional<String> relatedType,
            Optional<String> relatedId,
            Optional<Instant> expiresBefore,
            Optional<String> paymentReference,
            Optional<Integer> limit,
            Optional<String> after) {

        EntryFilter filter() {
            return new EntryFilter(
                    type, source, sourceId, Paging.relatedTo(relatedType, relatedId), expiresBefore, paymentReference);
        }
    }

    record BalanceView(
            Credits balance,
            Credits held,
            Credits available,
            Credits pending,
            Credits overdraft,
            Credits overdraftLimit) {

        static BalanceView of(CreditBalance balance) {
            return new BalanceView(
                    balance.balance(),
                    balance.held(),
                    balance.available(),
                    balance.pending(),
                    balance.overdraft(),
                    balance.overdraftLimit());
        }
    }

    record GrantView(
            GrantId id,
            AccountId account,
            Credits amount,
            Credits remaining,
            Credits held,
            GrantSource source,
            Optional<String> sourceId,
            int priority,
            Instant effectiveFrom,
            Optional<Instant> expiresAt,
            Optional<GrantTerms.Rollover> rollover,
            Optional<String> paymentReference,
            Optional<String> description,
            Document metadata,
            Optional<Instant> voidedAt,
            Instant createdAt) {

        static GrantView of(CreditGrant grant) {
            var terms = grant.terms();
            return new GrantView(
                    grant.id(),
                    grant.accountId(),
                    terms.amount(),
                    grant.remaining(),
                    grant.held(),
                    terms.source(),
                    terms.sourceId(),
                    terms.priority(),
                    grant.effectiveFrom(),
                    terms.expiresAt(),
                    terms.rollover(),
                    terms.paymentReference(),
                    terms.description(),
                    terms.metadata(),
                    grant.voidedAt(),
                    grant.createdAt());
        }
    }

    record EntryView(
            long sequence,
            AccountId account,
            CreditEntry.Type type,
            Credits amount,
            Credits balanceAfter,
            List<CreditEntry.Draw> draws,
            Credits overdraftChange,
            ActorView actor,
            Optional<GrantSource> source,
            Optional<String> sourceId,
            Optional<Instant> expiresAt,
            Optional<String> paymentReference,
            Optional<DecisionId> decision,
            Optional<RelatedEntity> relatedTo,
            Optional<String> description,
            Document metadata,
            Optional<IdempotencyKey> idempotencyKey,
            Instant at) {

        static EntryView of(CreditEntry entry) {
            var reason = entry.reason();
            return new EntryView(
                    entry.sequence(),
                    entry.accountId(),
                    entry.type(),
                    entry.amount(),
                    entry.balanceAfter(),
                    entry.draws(),
                    entry.overdraftChange(),
                    ActorView.of(reason.actor()),
                    reason.source(),
                    reason.sourceId(),
                    reason.expiresAt(),
                    reason.paymentReference(),
                    reason.decision(),
                    reason.relatedTo(),
                    reason.description(),
                    reason.metadata(),
                    reason.idempotencyKey(),
                    entry.at());
        }
    }

    private Reply balance(Call call) {
        return Reply.ok(BalanceView.of(call.allotment().credits().balance(call.tenant(), call.account())));
    }

    private Reply adjust(Call call) {
        var body = call.body(Adjustment.class);
        var entry = call.allotment()
                .credits()
                .adjust(
                        call.tenant(),
                        call.account(),
                        call.idempotencyKey(),
                        Actor.system(),
                        body.amount(),
                        body.description());
        return Reply.created(EntryView.of(entry));
    }

    private Reply setOverdraftLimit(Call call) {
        var limit = call.body(OverdraftLimit.class).limit();
        return Reply.ok(
                BalanceView.of(call.allotment().credits().setOverdraftLimit(call.tenant(), call.account(), limit)));
    }

    private Reply listEntries(Call call) {
        var query = call.query(EntryQuery.class);
        var page = Paging.page(query.limit(), query.after());
        return Reply.ok(Items.of(
                call.allotment().credits().listEntries(call.tenant(), call.account(), query.filter(), page),
                EntryView::of));
    }

    private Reply listGrants(Call call) {
        var query = call.query(GrantQuery.class);
        var page = Paging.page(query.limit(), query.after());
        return Reply.ok(Items.of(
                call.allotment().credits().listGrants(call.tenant(), call.account(), query.expiringWithin(), page),
                GrantView::of));
    }

    private Reply grant(Call call) {
        var tenant = call.tenant();
        var account = call.account();
        var terms = call.body(NewGrant.class).terms();
        var grant = call.allotment().credits().grant(tenant, account, call.idempotencyKey(), Actor.system(), terms);
        return Reply.created(GrantView.of(grant))
                .at("/tenants/" + tenant + "/accounts/" + account + "/grants/" + grant.id());
    }

    private Reply getGrant(Call call) {
        return Reply.ok(
                GrantView.of(call.allotment().credits().getGrant(call.tenant(), call.account(), grantId(call))));
    }

    private Reply voidGrant(Call call) {
        var body = call.bodyOr(Voiding.WITHOUT_WORDS, Voiding.class);
        var entry = call.allotment()
                .credits()
                .voidGrant(
                        call.tenant(),
                        call.account(),
                        grantId(call),
                        call.idempotencyKey(),
                        Actor.system(),
                        body.description());
        return Reply.ok(EntryView.of(entry));
    }

    private static GrantId grantId(Call call) {
        return call.path("grant", GrantId::of);
    }
}
