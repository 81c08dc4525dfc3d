package io.allotment.http;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.ReservationId;
import io.allotment.domain.usage.UsageEvent;
import io.allotment.domain.usage.UsageFilter;
import io.allotment.domain.usage.UsageTotal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;

/** What was used. */
final class UsageRoutes {

    void addTo(Routes routes) {
        routes.get("/tenants/{tenant}/usage/events", this::list);
        routes.get("/tenants/{tenant}/usage/events/{event}", this::get);
        routes.get("/tenants/{tenant}/usage/totals", this::totals);
    }

    record EventQuery(
            Optional<AccountId> account,
            Optional<OperationKey> operation,
            Optional<String> relatedType,
            Optional<String> relatedId,
            Optional<Instant> from,
            Optional<Instant> to,
            Optional<Integer> limit,
            Optional<String> after) {

        UsageFilter filter() {
            return new UsageFilter(account, operation, Paging.relatedTo(relatedType, relatedId), from, to);
        }
    }

    record TotalQuery(
            Optional<AccountId> account,
            Optional<OperationKey> operation,
            Optional<String> relatedType,
            Optional<String> relatedId,
            Optional<Instant> from,
            Optional<Instant> to) {

        UsageFilter filter() {
            return new UsageFilter(account, operation, Paging.relatedTo(relatedType, relatedId), from, to);
        }
    }

    record EventView(
            DecisionId id,
            AccountId account,
            ActorView actor,
            List<UsageViews.LineView> lines,
            Credits credits,
            Credits uncoveredCredits,
            Credits balanceAfter,
            Optional<Long> ledgerSequence,
            Optional<ReservationId> reservation,
            Optional<RelatedEntity> relatedTo,
            Optional<String> model,
            Optional<UsageViews.Tokens> tokens,
            Document metadata,
            UsageEvent.Source source,
            Instant at,
            Optional<String> provider,
            Optional<UsageViews.CostView> cost) {

        static EventView of(UsageEvent event) {
            return new EventView(
                    event.id(),
                    event.accountId(),
                    ActorView.of(event.actor()),
                    event.lines().stream().map(UsageViews.LineView::of).toList(),
                    event.credits(),
                    event.uncoveredCredits(),
                    event.balanceAfter(),
                    event.ledgerSequence(),
                    event.reservation(),
                    event.relatedTo(),
                    event.model(),
                    UsageViews.Tokens.of(event.tokens()),
                    event.metadata(),
                    event.source(),
                    event.at(),
                    event.provider(),
                    event.cost().map(UsageViews.CostView::of));
        }
    }

    record TotalView(LocalDate day, OperationKey operation, long lines, Quantity quantity, Credits credits) {

        static TotalView of(UsageTotal total) {
            return new TotalView(total.day(), total.operation(), total.lines(), total.quantity(), total.credits());
        }
    }

    private Reply list(Call call) {
        var query = call.query(EventQuery.class);
        var page = Paging.page(query.limit(), query.after());
        return Reply.ok(Items.of(call.allotment().usage().list(call.tenant(), query.filter(), page), EventView::of));
    }

    private Reply get(Call call) {
        return Reply.ok(EventView.of(call.allotment().usage().get(call.tenant(), call.path("event", DecisionId::of))));
    }

    private Reply totals(Call call) {
        var filter = call.query(TotalQuery.class).filter();
        return Reply.ok(Items.all(call.allotment().usage().totals(call.tenant(), filter), TotalView::of));
    }
}
