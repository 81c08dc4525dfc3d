package io.allotment.http;

import io.allotment.domain.credit.CreditHold;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.GateRequest;
import io.allotment.domain.gate.Reservation;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.ReservationId;
import io.allotment.domain.shared.TokenCounts;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The gate for work under way: reserved before it begins, settled when it is known what it used. */
final class ReservationRoutes {

    private static final long DEFAULT_LEASE_SECONDS = 300;

    private final Metrics metrics;

    ReservationRoutes(Metrics metrics) {
        this.metrics = metrics;
    }

    void addTo(Routes routes) {
        var reservation = "/tenants/{tenant}/gate/reservations/{reservation}";
        routes.post("/tenants/{tenant}/gate/reserve", this::reserve);
        routes.get(reservation, this::get);
        routes.post(reservation + "/renew", this::renew);
        routes.post(reservation + "/settle", this::settle);
        routes.post(reservation + "/release", this::release);
        routes.get("/tenants/{tenant}/accounts/{account}/reservations", this::list);
    }

    /** A charge, the worst case, and how long it is held. */
    record NewReservation(
            Optional<List<Charge.Line>> lines,
            Optional<OperationKey> operation,
            Optional<Quantity> quantity,
            Optional<AccountId> account,
            Optional<ActorView> actor,
            Optional<RelatedEntity> relatedTo,
            Optional<String> model,
            Optional<UsageViews.Tokens> tokens,
            Optional<Document> metadata,
            Optional<String> provider,
            Optional<Long> leaseSeconds) {

        Charge charge() {
            return new GateRoutes.ChargeBody(
                            lines, operation, quantity, account, actor, relatedTo, model, tokens, metadata, provider)
                    .charge();
        }

        Duration lease() {
            return Duration.ofSeconds(leaseSeconds.orElse(DEFAULT_LEASE_SECONDS));
        }
    }

    record Renewal(long leaseSeconds) {}

    /** What was used: {@code lines}, or {@code operation} and {@code quantity} for a single one; nothing without either. */
    record Settlement(
            Optional<List<Charge.Line>> lines,
            Optional<OperationKey> operation,
            Optional<Quantity> quantity,
            Optional<String> model,
            Optional<UsageViews.Tokens> tokens,
            Optional<Document> metadata,
            Optional<String> provider) {

        static final Settlement OF_NOTHING = new Settlement(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());

        GateRequest.Settle of(ReservationId reservation) {
            return new GateRequest.Settle(
                    reservation,
                    GateViews.lines(lines, operation, quantity).orElse(List.of()),
                    model,
                    tokens.map(UsageViews.Tokens::counts).orElse(TokenCounts.NONE),
                    metadata.orElse(Document.EMPTY),
                    provider);
        }
    }

    record ReservationQuery(Optional<Boolean> open, Optional<Integer> limit, Optional<String> after) {}

    record ReservationView(
            ReservationId id,
            AccountId account,
            ActorView actor,
            Reservation.Status status,
            List<Reservation.Line> lines,
            Credits credits,
            CreditHold hold,
            Optional<GateViews.PlanView> plan,
            Optional<RelatedEntity> relatedTo,
            Optional<String> model,
            Document metadata,
            Instant leaseUntil,
            Instant createdAt,
            Optional<Instant> endedAt,
            Optional<String> provider) {

        static ReservationView of(Reservation reservation) {
            return new ReservationView(
                    reservation.id(),
                    reservation.accountId(),
                    ActorView.of(reservation.actor()),
                    reservation.status(),
                    reservation.lines(),
                    reservation.credits(),
                    reservation.hold(),
                    reservation.plan().map(GateViews.PlanView::of),
                    reservation.relatedTo(),
                    reservation.model(),
                    reservation.metadata(),
                    reservation.leaseUntil(),
                    reservation.createdAt(),
                    reservation.endedAt(),
                    reservation.provider());
        }
    }

    private Reply reserve(Call call) {
        var tenant = call.tenant();
        var key = call.idempotencyKey();
        var body = call.body(NewReservation.class);
        return GateViews.answered(call.allotment().gate().reserve(tenant, key, body.charge(), body.lease()), metrics);
    }

    private Reply get(Call call) {
        return Reply.ok(ReservationView.of(call.allotment().gate().getReservation(call.tenant(), reservation(call))));
    }

    private Reply renew(Call call) {
        var tenant = call.tenant();
        var key = call.idempotencyKey();
        var lease = Duration.ofSeconds(call.body(Renewal.class).leaseSeconds());
        return GateViews.answered(call.allotment().gate().renew(tenant, key, reservation(call), lease), metrics);
    }

    private Reply settle(Call call) {
        var tenant = call.tenant();
        var key = call.idempotencyKey();
        var used = call.bodyOr(Settlement.OF_NOTHING, Settlement.class).of(reservation(call));
        return GateViews.answered(call.allotment().gate().settle(tenant, key, used), metrics);
    }

    private Reply release(Call call) {
        var tenant = call.tenant();
        var key = call.idempotencyKey();
        call.refuseBody();
        return GateViews.answered(call.allotment().gate().release(tenant, key, reservation(call)), metrics);
    }

    private Reply list(Call call) {
        var query = call.query(ReservationQuery.class);
        var page = Paging.page(query.limit(), query.after());
        var open = query.open().orElse(false);
        return Reply.ok(Items.of(
                call.allotment().gate().listReservations(call.tenant(), call.account(), open, page),
                ReservationView::of));
    }

    private static ReservationId reservation(Call call) {
        return call.path("reservation", ReservationId::of);
    }
}
