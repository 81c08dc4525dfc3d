package io.allotment.http;

import io.allotment.application.billing.BillingService;
import io.allotment.application.billing.BillingService.Change;
import io.allotment.application.billing.BillingService.Choice;
import io.allotment.application.billing.BillingService.RefundOrdered;
import io.allotment.application.billing.BillingService.Way;
import io.allotment.application.billing.ManualInvoiceService;
import io.allotment.domain.billing.BillingTotal;
import io.allotment.domain.billing.GatewayInvoice;
import io.allotment.domain.billing.Invoice;
import io.allotment.domain.billing.Invoices;
import io.allotment.domain.billing.ManualInvoice;
import io.allotment.domain.billing.PaymentEvents;
import io.allotment.domain.billing.Refund;
import io.allotment.domain.billing.Refunds;
import io.allotment.domain.billing.ReturnAddresses;
import io.allotment.domain.billing.StoredEvent;
import io.allotment.domain.billing.SubscriptionCheckout;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.CheckoutId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.InvoiceId;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.PlanKey;
import io.allotment.domain.shared.PriceKey;
import io.allotment.domain.shared.PurchaseId;
import io.allotment.domain.shared.RefundId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.TimeRange;
import java.math.BigInteger;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** Subscriptions that a gateway bills, billing histories, paying back, and what gateways have told. */
final class PaymentRoutes {

    private final Routes routes;

    PaymentRoutes(Routes routes) {
        this.routes = routes;
    }

    void add() {
        var account = "/tenants/{tenant}/accounts/{account}";
        routes.post(account + "/billing/checkout", this::checkout);
        routes.get(account + "/billing/checkouts", this::listCheckouts);
        routes.get(account + "/billing/checkouts/{checkout}", this::getCheckout);
        routes.post(account + "/billing/checkouts/{checkout}/cancel", this::cancelCheckout);
        routes.post(account + "/billing/portal", this::portal);
        routes.post(account + "/billing/change", this::change);
        routes.post(account + "/billing/cancel", this::cancel);
        routes.post(account + "/billing/resume", this::resume);
        routes.get(account + "/invoices", this::listInvoices);
        routes.postForTenant(account + "/invoices", this::createInvoice);
        routes.get(account + "/invoices/{invoice}", this::getInvoice);
        routes.postForTenant(account + "/invoices/{invoice}/paid", this::paid);
        routes.postForTenant(account + "/invoices/{invoice}/void", this::makeVoid);
        routes.post(account + "/invoices/{invoice}/refunds", this::refund);
        routes.get(account + "/refunds", this::listRefunds);
        routes.get("/tenants/{tenant}/refunds", this::listAllRefunds);
        routes.get("/tenants/{tenant}/refunds/export", this::exportRefunds);
        routes.get("/tenants/{tenant}/invoices", this::listAllInvoices);
        routes.get("/tenants/{tenant}/invoices/export", this::exportInvoices);
        routes.get("/tenants/{tenant}/invoices/totals", this::totals);
        routes.get("/invoices/totals", this::totalsOfAll);
        routes.get("/payment-events", this::listEvents);
    }

    record NewCheckout(
            PlanKey plan,
            Optional<Integer> version,
            Optional<PriceKey> price,
            Optional<Integer> quantity,
            Optional<String> promotionCode,
            Optional<Boolean> promotionCodesAllowed,
            Optional<Boolean> automaticTax,
            Optional<String> successUrl,
            Optional<String> cancelUrl) {

        Choice choice() {
            return new Choice(plan, version, price, quantity);
        }

        Way way() {
            return new Way(
                    promotionCode,
                    promotionCodesAllowed.orElse(false),
                    automaticTax,
                    new ReturnAddresses(successUrl, cancelUrl));
        }
    }

    /** A checkout for a subscription; its page as long as it can be paid there. */
    record CheckoutView(
            CheckoutId id,
            Optional<PlanKey> plan,
            Optional<Integer> version,
            Optional<PriceKey> price,
            Optional<Integer> quantity,
            SubscriptionCheckout.Status status,
            String gateway,
            Optional<String> checkout,
            Optional<String> url,
            Optional<String> subscription,
            Instant expiresAt,
            Optional<Instant> canceledAt,
            Instant createdAt) {

        static CheckoutView of(SubscriptionCheckout known, Instant now) {
            var order = known.order();
            return new CheckoutView(
                    known.id(),
                    order.map(SubscriptionCheckout.Order::plan),
                    order.map(SubscriptionCheckout.Order::version),
                    order.map(SubscriptionCheckout.Order::price),
                    order.map(SubscriptionCheckout.Order::quantity),
                    known.statusAt(now),
                    known.gateway(),
                    known.gatewayId(),
                    known.urlAt(now),
                    known.subscriptionId(),
                    known.expiresAt(),
                    known.canceledAt(),
                    known.createdAt());
        }
    }

    /** What is answered until the gateway has. */
    record Ordered(CheckoutId id) {}

    record PortalWish(Optional<String> returnUrl) {
        static final PortalWish NONE = new PortalWish(Optional.empty());
    }

    record PortalView(String url) {}

    record BilledChange(
            Optional<PlanKey> plan,
            Optional<Integer> version,
            Optional<PriceKey> price,
            Optional<Integer> quantity,
            Optional<Boolean> prorated) {

        Change change() {
            return new Change(plan, version, price, quantity);
        }
    }

    record BilledCancellation(Optional<Boolean> atPeriodEnd) {
        static final BilledCancellation AT_PERIOD_END = new BilledCancellation(Optional.empty());
    }

    record NewRefund(Optional<Long> amountMinor, Optional<String> reason) {
        static final NewRefund ALL = new NewRefund(Optional.empty(), Optional.empty());
    }

    record NewLine(String description, Optional<Long> quantity, long amountMinor, Optional<Period> period) {

        GatewayInvoice.Line line() {
            return new GatewayInvoice.Line(description, quantity.orElse(1L), amountMinor, period, Optional.empty());
        }
    }

    record PaymentSeen(Optional<String> paymentReference, Optional<Instant> paidAt) {

        static final PaymentSeen NOW = new PaymentSeen(Optional.empty(), Optional.empty());

        ManualInvoiceService.Payment payment() {
            return new ManualInvoiceService.Payment(paymentReference, paidAt);
        }
    }

    record NewInvoice(
            Optional<String> number,
            String currency,
            List<NewLine> lines,
            Optional<Long> taxMinor,
            Optional<Instant> issuedAt,
            Optional<Boolean> forSubscription,
            Optional<PaymentSeen> payment) {

        ManualInvoice invoice() {
            return new ManualInvoice(
                    number, currency, Fields.inEach("lines", lines, NewLine::line), taxMinor.orElse(0L), issuedAt);
        }
    }

    record InvoiceQuery(
            Optional<GatewayInvoice.Status> status,
            Optional<GatewayInvoice.Reason> reason,
            Optional<String> subscription,
            Optional<Instant> from,
            Optional<Instant> to,
            Optional<Integer> limit,
            Optional<String> after) {

        Invoices.Filter filter(AccountId account) {
            return new Invoices.Filter(Optional.of(account), status, reason, subscription, new TimeRange(from, to));
        }

        PageRequest page() {
            return Paging.page(limit, after);
        }
    }

    record TenantInvoiceQuery(
            Optional<AccountId> account,
            Optional<GatewayInvoice.Status> status,
            Optional<GatewayInvoice.Reason> reason,
            Optional<String> subscription,
            Optional<Instant> from,
            Optional<Instant> to,
            Optional<Integer> limit,
            Optional<String> after) {

        Invoices.Filter filter() {
            return new Invoices.Filter(account, status, reason, subscription, new TimeRange(from, to));
        }

        PageRequest page() {
            return Paging.page(limit, after);
        }
    }

    /** In which form. */
    enum Format {
        CSV,
        JSON_LINES
    }

    record InvoiceExport(
            Optional<Format> format,
            Optional<AccountId> account,
            Optional<GatewayInvoice.Status> status,
            Optional<GatewayInvoice.Reason> reason,
            Optional<String> subscription,
            Optional<Instant> from,
            Optional<Instant> to) {

        Invoices.Filter filter() {
            return new Invoices.Filter(account, status, reason, subscription, new TimeRange(from, to));
        }
    }

    record RefundQuery(
            Optional<AccountId> account,
            Optional<Refund.Status> status,
            Optional<Refund.Kind> kind,
            Optional<InvoiceId> invoice,
            Optional<Instant> from,
            Optional<Instant> to,
            Optional<Integer> limit,
            Optional<String> after) {

        Refunds.Filter filter() {
            return new Refunds.Filter(account, status, kind, invoice, new TimeRange(from, to));
        }

        PageRequest page() {
            return Paging.page(limit, after);
        }
    }

    record RefundExport(
            Optional<Format> format,
            Optional<AccountId> account,
            Optional<Refund.Status> status,
            Optional<Refund.Kind> kind,
            Optional<InvoiceId> invoice,
            Optional<Instant> from,
            Optional<Instant> to) {

        Refunds.Filter filter() {
            return new Refunds.Filter(account, status, kind, invoice, new TimeRange(from, to));
        }
    }

    record TotalQuery(Optional<AccountId> account, Optional<YearMonth> from, Optional<YearMonth> to) {}

    record PlatformTotalQuery(Optional<YearMonth> from, Optional<YearMonth> to) {}

    record TotalView(
            YearMonth month,
            String currency,
            BigInteger invoicedMinor,
            BigInteger paidMinor,
            BigInteger refundedMinor,
            BigInteger openMinor) {

        static TotalView of(BillingTotal total) {
            return new TotalView(
                    total.month(),
                    total.currency(),
                    total.invoicedMinor(),
                    total.paidMinor(),
                    total.refundedMinor(),
                    total.openMinor());
        }
    }

    record TotalsView(YearMonth from, YearMonth to, ZoneId timeZone, List<TotalView> items) {

        static TotalsView of(BillingService.Totals totals) {
            var months = totals.months();
            return new TotalsView(
                    months.from(),
                    months.to(),
                    months.zone(),
                    totals.totals().stream().map(TotalView::of).toList());
        }
    }

    record EventQuery(
            Optional<StoredEvent.Status> status,
            Optional<TenantId> tenant,
            Optional<Integer> limit,
            Optional<String> after) {

        PaymentEvents.Filter filter() {
            return new PaymentEvents.Filter(status, tenant);
        }

        PageRequest page() {
            return Paging.page(limit, after);
        }
    }

    record LineView(String description, long quantity, long amountMinor, Optional<Period> period) {

        static LineView of(GatewayInvoice.Line line) {
            return new LineView(line.description(), line.quantity(), line.amountMinor(), line.period());
        }
    }

    record InvoiceView(
            InvoiceId id,
            AccountId account,
            String gateway,
            String gatewayId,
            Optional<String> number,
            GatewayInvoice.Status status,
            GatewayInvoice.Reason reason,
            Optional<String> subscription,
            Optional<Period> period,
            String currency,
            long totalMinor,
            long paidMinor,
            long refundedMinor,
            long taxMinor,
            Optional<String> paymentId,
            Optional<String> paymentReference,
            Optional<String> hostedUrl,
            Optional<String> receiptUrl,
            List<LineView> lines,
            Optional<PurchaseId> purchase,
            Optional<GrantId> grant,
            Instant issuedAt,
            Optional<Instant> paidAt) {

        static InvoiceView of(Invoice invoice) {
            var told = invoice.told();
            return new InvoiceView(
                    invoice.id(),
                    invoice.accountId(),
                    invoice.gateway(),
                    told.id(),
                    told.number(),
                    told.status(),
                    told.reason(),
                    told.subscriptionId(),
                    told.period(),
                    told.currency(),
                    told.totalMinor(),
                    told.paidMinor(),
                    invoice.refundedMinor(),
                    told.taxMinor(),
                    told.paymentId(),
                    invoice.paymentReference(),
                    told.hostedUrl(),
                    told.receiptUrl(),
                    told.lines().stream().map(LineView::of).toList(),
                    invoice.purchase(),
                    invoice.grant(),
                    told.createdAt(),
                    told.paidAt());
        }
    }

    record RefundView(
            RefundId id,
            AccountId account,
            String gateway,
            String gatewayId,
            String paymentId,
            Optional<InvoiceId> invoice,
            long amountMinor,
            String currency,
            Refund.Kind kind,
            Refund.Status status,
            Optional<String> reason,
            Optional<Credits> creditsTaken,
            Instant createdAt) {

        static RefundView of(Refund refund) {
            return new RefundView(
                    refund.id(),
                    refund.accountId(),
                    refund.gateway(),
                    refund.gatewayId(),
                    refund.paymentId(),
                    refund.invoice(),
                    refund.amount().amountMinor(),
                    refund.amount().currency(),
                    refund.kind(),
                    refund.status(),
                    refund.reason(),
                    refund.taken(),
                    refund.createdAt());
        }
    }

    record EventView(
            String gateway,
            String id,
            String type,
            Instant at,
            Optional<TenantId> tenant,
            Optional<AccountId> account,
            Optional<StoredEvent.About.Kind> objectKind,
            Optional<String> objectId,
            StoredEvent.Status status,
            Instant receivedAt,
            int attempts,
            Optional<Instant> nextAt,
            Optional<String> problem,
            Optional<Instant> doneAt) {

        static EventView of(StoredEvent event) {
            return new EventView(
                    event.gateway(),
                    event.id(),
                    event.type(),
                    event.at(),
                    event.about().flatMap(StoredEvent.About::tenantId),
                    event.about().flatMap(StoredEvent.About::accountId),
                    event.about().map(StoredEvent.About::kind),
                    event.about().map(StoredEvent.About::id),
                    event.status(),
                    event.receivedAt(),
                    event.attempts(),
                    event.nextAt(),
                    event.problem(),
                    event.doneAt());
        }
    }

    // At the gateway

    /** Ordered once for the key; the checkout is asked for behind the transaction, and is the same for the same order. */
    private Reply checkout(Call call) {
        var ordered = routes.once(call, Optional.of(call.tenant()), this::order);
        var wish = call.body(NewCheckout.class);
        var id = CheckoutId.of(last(ordered.location().orElseThrow()));
        var checkout = billing(call).checkout(call.tenant(), call.account(), id, wish.choice(), wish.way());
        return Reply.created(view(call, checkout)).at(at(call, id)).replayed(ordered.replayed());
    }

    private Reply order(Call call) {
        var wish = call.body(NewCheckout.class);
        var id = billing(call).order(call.tenant(), call.account(), wish.choice(), wish.way());
        return Reply.created(new Ordered(id)).at(at(call, id));
    }

    private static String at(Call call, CheckoutId id) {
        return "/tenants/" + call.tenant() + "/accounts/" + call.account() + "/billing/checkouts/" + id;
    }

    private Reply listCheckouts(Call call) {
        var page = call.query(Paging.class).page();
        return Reply.ok(Items.of(
                billing(call).listCheckouts(call.tenant(), call.account(), page), checkout -> view(call, checkout)));
    }

    private Reply getCheckout(Call call) {
        return Reply.ok(view(call, billing(call).getCheckout(call.tenant(), call.account(), checkoutId(call))));
    }

    /** The same again changes nothing, under whatever key. */
    private Reply cancelCheckout(Call call) {
        call.requireIdempotencyKey();
        call.refuseBody();
        return Reply.ok(view(call, billing(call).cancelCheckout(call.tenant(), call.account(), checkoutId(call))));
    }

    private static CheckoutView view(Call call, SubscriptionCheckout checkout) {
        return CheckoutView.of(checkout, call.allotment().clock().instant());
    }

    private static CheckoutId checkoutId(Call call) {
        return call.path("checkout", CheckoutId::of);
    }

    private static String last(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    private Reply portal(Call call) {
        var wish = call.bodyOr(PortalWish.NONE, PortalWish.class);
        return Reply.ok(new PortalView(billing(call).portal(call.tenant(), call.account(), wish.returnUrl())));
    }

    private Reply change(Call call) {
        var key = call.idempotencyKey();
        var change = call.body(BilledChange.class);
        var changed = billing(call)
                .change(
                        call.tenant(),
                        call.account(),
                        key,
                        change.change(),
                        change.prorated().orElse(true));
        return answer(call, changed);
    }

    private static Reply answer(Call call, BillingService.Answer answer) {
        return Reply.ok(SubscriptionRoutes.view(call, call.tenant(), answer.subscription()))
                .replayed(answer.replayed());
    }

    private Reply cancel(Call call) {
        var how = call.bodyOr(BilledCancellation.AT_PERIOD_END, BilledCancellation.class);
        var canceled = billing(call)
                .cancel(
                        call.tenant(),
                        call.account(),
                        call.idempotencyKey(),
                        how.atPeriodEnd().orElse(true));
        return answer(call, canceled);
    }

    private Reply resume(Call call) {
        call.refuseBody();
        var resumed = billing(call).resume(call.tenant(), call.account(), call.idempotencyKey());
        return answer(call, resumed);
    }

    // History

    private Reply listInvoices(Call call) {
        var query = call.query(InvoiceQuery.class);
        return Reply.ok(Items.of(
                billing(call).listInvoices(call.tenant(), query.filter(call.account()), query.page()),
                InvoiceView::of));
    }

    private Reply listAllInvoices(Call call) {
        var query = call.query(TenantInvoiceQuery.class);
        return Reply.ok(
                Items.of(billing(call).listInvoices(call.tenant(), query.filter(), query.page()), InvoiceView::of));
    }

    private Reply exportInvoices(Call call) {
        var query = call.query(InvoiceExport.class);
        var invoices = billing(call).exportInvoices(call.tenant(), query.filter());
        return exported(query.format(), invoices, InvoiceCsv::of, InvoiceView::of);
    }

    private static <T> Reply exported(
            Optional<Format> format, Stream<T> all, Function<Stream<T>, Csv> table, Function<T, ?> line) {
        return switch (format.orElse(Format.CSV)) {
            case CSV -> Reply.ok(table.apply(all));
            case JSON_LINES -> Reply.lines(all.map(line));
        };
    }

    private Reply totals(Call call) {
        var query = call.query(TotalQuery.class);
        return Reply.ok(TotalsView.of(billing(call).totals(call.tenant(), query.account(), query.from(), query.to())));
    }

    private Reply totalsOfAll(Call call) {
        var query = call.query(PlatformTotalQuery.class);
        return Reply.ok(TotalsView.of(billing(call).totalsOfAll(query.from(), query.to())));
    }

    private Reply createInvoice(Call call) {
        var wanted = call.body(NewInvoice.class);
        var invoice = call.allotment()
                .manualInvoices()
                .create(
                        call.tenant(),
                        call.account(),
                        wanted.invoice(),
                        wanted.forSubscription().orElse(false),
                        wanted.payment().map(seen -> Fields.in("payment", seen::payment)));
        return Reply.created(InvoiceView.of(invoice))
                .at("/tenants/" + call.tenant() + "/accounts/" + call.account() + "/invoices/" + invoice.id());
    }

    private Reply paid(Call call) {
        var seen = call.bodyOr(PaymentSeen.NOW, PaymentSeen.class);
        return Reply.ok(InvoiceView.of(
                call.allotment().manualInvoices().paid(call.tenant(), call.account(), invoice(call), seen.payment())));
    }

    private Reply makeVoid(Call call) {
        call.refuseBody();
        return Reply.ok(InvoiceView.of(
                call.allotment().manualInvoices().makeVoid(call.tenant(), call.account(), invoice(call))));
    }

    private Reply getInvoice(Call call) {
        return Reply.ok(InvoiceView.of(billing(call).getInvoice(call.tenant(), call.account(), invoice(call))));
    }

    private Reply listRefunds(Call call) {
        var page = call.query(Paging.class).page();
        var filter = Refunds.Filter.of(call.account());
        return Reply.ok(Items.of(billing(call).listRefunds(call.tenant(), filter, page), RefundView::of));
    }

    private Reply listAllRefunds(Call call) {
        var query = call.query(RefundQuery.class);
        return Reply.ok(
                Items.of(billing(call).listRefunds(call.tenant(), query.filter(), query.page()), RefundView::of));
    }

    private Reply exportRefunds(Call call) {
        var query = call.query(RefundExport.class);
        var refunds = billing(call).exportRefunds(call.tenant(), query.filter());
        return exported(query.format(), refunds, RefundCsv::of, RefundView::of);
    }

    /** Ordered once for the key; the money goes back behind the transaction, once for what was ordered. */
    private Reply refund(Call call) {
        var wish = call.bodyOr(NewRefund.ALL, NewRefund.class);
        var kept = routes.once(call, Optional.of(call.tenant()), this::orderRefund);
        var parts = kept.location().orElseThrow().split("/");
        var ordered = new RefundOrdered(RefundId.of(parts[2]), Long.parseLong(parts[3]));
        var refund = billing(call).refund(call.tenant(), call.account(), invoice(call), ordered, wish.reason());
        return Reply.created(RefundView.of(refund)).replayed(kept.replayed());
    }

    private Reply orderRefund(Call call) {
        var wish = call.bodyOr(NewRefund.ALL, NewRefund.class);
        var ordered = billing(call).orderRefund(call.tenant(), call.account(), invoice(call), wish.amountMinor());
        return Reply.created(ordered).at("/refunds/" + ordered.id() + "/" + ordered.amountMinor());
    }

    // Events

    private Reply listEvents(Call call) {
        var query = call.query(EventQuery.class);
        return Reply.ok(Items.of(call.allotment().paymentEvents().list(query.filter(), query.page()), EventView::of));
    }

    private static BillingService billing(Call call) {
        return call.allotment().billing();
    }

    private static InvoiceId invoice(Call call) {
        return call.path("invoice", InvoiceId::of);
    }
}
