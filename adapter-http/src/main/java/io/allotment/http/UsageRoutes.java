package io.allotment.http;

import io.allotment.application.gate.GateService;
import io.allotment.application.usage.LatePricing;
import io.allotment.application.usage.UnpricedUsageService;
import io.allotment.domain.ai.TenantPrices;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.GateRequest;
import io.allotment.domain.gate.Outcome;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.Refusal;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.ReservationId;
import io.allotment.domain.shared.TimeRange;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.usage.SummaryRequest;
import io.allotment.domain.usage.UsageCalendar;
import io.allotment.domain.usage.UsageDimension;
import io.allotment.domain.usage.UsageEvent;
import io.allotment.domain.usage.UsageFilter;
import io.allotment.domain.usage.UsageGroup;
import io.allotment.domain.usage.UsagePart;
import io.allotment.domain.usage.UsageSummary;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/** What was used. */
final class UsageRoutes {

    private final Metrics metrics;

    UsageRoutes(Metrics metrics) {
        this.metrics = metrics;
    }

    void addTo(Routes routes) {
        routes.get("/tenants/{tenant}/usage/events", this::list);
        routes.post("/tenants/{tenant}/usage/events", this::record);
        routes.get("/tenants/{tenant}/usage/events/{event}", this::get);
        routes.get("/tenants/{tenant}/usage/unpriced", this::listUnpriced);
        routes.postForOperator("/tenants/{tenant}/usage/unpriced/price", this::price);
        routes.get("/tenants/{tenant}/usage/totals", this::totals);
        routes.get("/tenants/{tenant}/usage/summary", this::summary);
        routes.get("/tenants/{tenant}/usage/summary/export", this::export);
    }

    /** What was used without asking: each under a key of its own. */
    record Recordings(List<Recording> events) {

        List<GateService.Recording> used() {
            if (events.isEmpty()) {
                throw new InvalidValue("events", "must be at least one");
            }
            return IntStream.range(0, events.size())
                    .mapToObj(i -> {
                        try {
                            return events.get(i).used();
                        } catch (InvalidValue refused) {
                            throw new InvalidValue(
                                    "events[" + i + "]." + refused.field().orElseThrow(), refused.problem());
                        }
                    })
                    .toList();
        }
    }

    /** @param at now where it is missing */
    record Recording(
            IdempotencyKey key,
            Optional<Instant> at,
            Optional<List<Charge.Line>> lines,
            Optional<OperationKey> operation,
            Optional<Quantity> quantity,
            Optional<AccountId> account,
            Optional<ActorView> actor,
            Optional<RelatedEntity> relatedTo,
            Optional<String> model,
            Optional<UsageViews.Tokens> tokens,
            Optional<Document> metadata,
            Optional<String> provider) {

        GateService.Recording used() {
            var charge = new GateRoutes.ChargeBody(
                            lines, operation, quantity, account, actor, relatedTo, model, tokens, metadata, provider)
                    .charge();
            return new GateService.Recording(key, new GateRequest.Record(charge, at));
        }
    }

    /** What became of one of them. */
    record RecordedView(
            IdempotencyKey key,
            Result result,
            Optional<DecisionId> event,
            Optional<Credits> credits,
            Optional<Credits> uncoveredCredits,
            Optional<RefusalView> refusal) {

        enum Result {
            RECORDED,
            REPLAYED,
            REFUSED
        }

        static RecordedView of(IdempotencyKey key, Outcome outcome) {
            if (outcome instanceof Outcome.Refused refused) {
                return new RecordedView(
                        key,
                        Result.REFUSED,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(RefusalView.of(refused.refusal())));
            }
            var answer = (Outcome.Answer) outcome;
            return new RecordedView(
                    key,
                    answer.replayed() ? Result.REPLAYED : Result.RECORDED,
                    Optional.of(answer.decision().id()),
                    Optional.of(answer.decision().credits()),
                    Optional.of(answer.decision().uncoveredCredits()),
                    Optional.empty());
        }
    }

    /** As a problem says it. */
    record RefusalView(String code, String detail, Optional<String> field) {

        static RefusalView of(Refusal refusal) {
            return new RefusalView(
                    refusal.code(),
                    Secrets.masked(refusal.getMessage()),
                    refusal.field().map(Secrets::masked));
        }
    }

    record UnpricedView(
            String model,
            Optional<String> provider,
            long events,
            Instant firstAt,
            Instant lastAt,
            TenantPrices.Lack why,
            Optional<Instant> pricedFrom) {

        static UnpricedView of(UnpricedUsageService.Unpriced unpriced) {
            var model = unpriced.model();
            return new UnpricedView(
                    model.model(),
                    model.provider(),
                    model.events(),
                    model.firstAt(),
                    model.lastAt(),
                    unpriced.lack(),
                    unpriced.pricedFrom());
        }
    }

    /** @param more whether to ask again */
    record PricedView(long events, List<SummaryViews.CostView> costs, boolean more) {

        static PricedView of(LatePricing.Priced priced) {
            return new PricedView(priced.events(), SummaryViews.CostView.all(priced.costs()), priced.more());
        }
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
            return new UsageFilter(
                    account, operation, Paging.relatedTo(relatedType, relatedId), new TimeRange(from, to));
        }
    }

    /** Where nothing is said, the range ends now and is as long as it may be. */
    record TotalQuery(
            Optional<AccountId> account,
            Optional<OperationKey> operation,
            Optional<String> relatedType,
            Optional<String> relatedId,
            Optional<Instant> from,
            Optional<Instant> to) {

        SummaryRequest request(Instant now) {
            var relatedTo = Paging.relatedTo(relatedType, relatedId);
            var where = new UsageGroup(
                    operation,
                    Optional.empty(),
                    Optional.empty(),
                    account,
                    Optional.empty(),
                    Optional.empty(),
                    relatedTo);
            int days = account.isPresent() && relatedTo.isPresent()
                    ? SummaryRequest.MAX_FINE_DAYS
                    : SummaryRequest.MAX_DAYS;
            var end = to.orElseGet(() -> UsagePart.quarter(now).plusSeconds(UsagePart.QUARTER_SECONDS));
            return new SummaryRequest(
                    from.orElseGet(() -> end.minus(Duration.ofDays(days))),
                    end,
                    Optional.of(UsageCalendar.Unit.DAY),
                    Set.of(UsageDimension.OPERATION),
                    where,
                    Optional.empty());
        }
    }

    record SummaryQuery(
            Instant from,
            Instant to,
            Optional<UsageCalendar.Unit> unit,
            Optional<String> by,
            Optional<OperationKey> operation,
            Optional<String> model,
            Optional<String> provider,
            Optional<AccountId> account,
            Optional<UserId> user,
            Optional<ApiKeyId> key,
            Optional<String> relatedType,
            Optional<String> relatedId,
            Optional<Integer> top,
            Optional<SummaryRequest.Measure> measure,
            Optional<String> currency) {

        SummaryRequest request() {
            if (measure.isPresent() && top.isEmpty()) {
                throw new InvalidValue("top", "is needed too; measure says of what");
            }
            if (currency.isPresent() && !measure.equals(Optional.of(SummaryRequest.Measure.COST))) {
                throw new InvalidValue("measure", "must be COST; currency says in which");
            }
            return new SummaryRequest(
                    from,
                    to,
                    unit,
                    by.map(SummaryQuery::dimensions).orElse(Set.of()),
                    new UsageGroup(
                            operation, model, provider, account, user, key, Paging.relatedTo(relatedType, relatedId)),
                    top.map(count -> new SummaryRequest.Top(
                            measure.orElse(SummaryRequest.Measure.CREDITS),
                            count,
                            currency.orElse(SummaryRequest.Top.CURRENCY))));
        }

        private static Set<UsageDimension> dimensions(String names) {
            var dimensions = EnumSet.noneOf(UsageDimension.class);
            for (var name : names.split(",", -1)) {
                var dimension = Arrays.stream(UsageDimension.values())
                        .filter(one -> one.name().equals(name))
                        .findFirst();
                if (dimension.isEmpty() || !dimensions.add(dimension.get())) {
                    throw new InvalidValue(
                            "by",
                            "must be some of " + Arrays.toString(UsageDimension.values())
                                    + ", each once, with commas between them");
                }
            }
            return dimensions;
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

        static TotalView of(UsageSummary total, ZoneId zone) {
            var amounts = total.amounts();
            return new TotalView(
                    LocalDate.ofInstant(total.start(), zone),
                    total.group().operation().orElseThrow(),
                    amounts.lines(),
                    amounts.quantity(),
                    amounts.credits());
        }
    }

    private Reply list(Call call) {
        var query = call.query(EventQuery.class);
        var page = Paging.page(query.limit(), query.after());
        return Reply.ok(Items.of(call.allotment().usage().list(call.tenant(), query.filter(), page), EventView::of));
    }

    private Reply record(Call call) {
        var tenant = call.tenant();
        var used = call.body(Recordings.class).used();
        var outcomes = call.allotment().gate().recordAll(tenant, used);
        var views = new ArrayList<RecordedView>(used.size());
        for (int i = 0; i < used.size(); i++) {
            if (outcomes.get(i) instanceof Outcome.Answer answer && !answer.replayed()) {
                metrics.decided(answer.decision());
            }
            views.add(RecordedView.of(used.get(i).key(), outcomes.get(i)));
        }
        return Reply.ok(new Items<>(views, Optional.empty()));
    }

    private Reply get(Call call) {
        return Reply.ok(EventView.of(call.allotment().usage().get(call.tenant(), call.path("event", DecisionId::of))));
    }

    private Reply listUnpriced(Call call) {
        var page = call.query(Paging.class).page();
        return Reply.ok(Items.of(call.allotment().unpricedUsage().list(call.tenant(), page), UnpricedView::of));
    }

    private Reply price(Call call) {
        return Reply.ok(PricedView.of(call.allotment().unpricedUsage().price(call.tenant())));
    }

    private Reply totals(Call call) {
        var request =
                call.query(TotalQuery.class).request(call.allotment().clock().instant());
        var summary = call.allotment().usage().summarize(call.tenant(), request);
        return Reply.ok(Items.all(summary.rows(), total -> TotalView.of(total, summary.zone())));
    }

    private Reply summary(Call call) {
        var request = call.query(SummaryQuery.class).request();
        var summary = call.allotment().usage().summarize(call.tenant(), request);
        return Reply.ok(call.sent(SummaryViews.Summary.of(request, summary)));
    }

    private Reply export(Call call) {
        var request = call.query(SummaryQuery.class).request();
        return Reply.ok(SummaryCsv.of(call.allotment().usage().summarize(call.tenant(), request)));
    }
}
