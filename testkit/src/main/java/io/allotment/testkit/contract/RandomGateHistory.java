package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.allotment.Allotment;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.credit.GrantNotLive;
import io.allotment.domain.credit.GrantSource;
import io.allotment.domain.credit.GrantTerms;
import io.allotment.domain.credit.InsufficientCredits;
import io.allotment.domain.credit.SpendLimit;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.GateRequest;
import io.allotment.domain.gate.Outcome;
import io.allotment.domain.gate.Reservation;
import io.allotment.domain.gate.ReservationEnded;
import io.allotment.domain.quota.Allocation;
import io.allotment.domain.quota.QuotaStanding;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.ReservationId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.tenancy.Thresholds;
import io.allotment.domain.usage.UsageEvent;
import io.allotment.domain.usage.UsageFilter;
import io.allotment.testkit.Fixtures;
import io.allotment.testkit.TestClock;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * A history of everything the gate and the services beside it can be asked for, told by its random source alone. No model
 * runs beside it: after each step what is seen must agree with itself, and whatever was sent once is answered alike again.
 */
final class RandomGateHistory {

    private static final PageRequest FIRST = PageRequest.first(PageRequest.MAX_LIMIT);

    private final Allotment allotment;
    private final TestClock clock;
    private final Fixtures given;
    private final Random random;
    private final FeatureKey blocked;
    private final FeatureKey seats;
    private final List<OperationKey> operations;
    private final OperationKey seat;
    private final List<Account> accounts = new ArrayList<>();
    private final List<Sent> sent = new ArrayList<>();
    private final List<String> told = new ArrayList<>();
    private int keys;

    private static final class Account {
        final Tenant tenant;
        final AccountId id;
        final List<Actor> actors;
        final List<ReservationId> reservations = new ArrayList<>();
        final List<DecisionId> charged = new ArrayList<>();

        Account(Tenant tenant, AccountId id, List<Actor> actors) {
            this.tenant = tenant;
            this.id = id;
            this.actors = actors;
        }
    }

    /** What was asked, to be asked again. */
    private record Sent(String what, Supplier<Outcome.Answer> request, Outcome.Answer answer) {}

    RandomGateHistory(Allotment allotment, TestClock clock, Fixtures given, Random random) {
        this.allotment = allotment;
        this.clock = clock;
        this.given = given;
        this.random = random;
        blocked = given.feature();
        seats = given.seats();
        var billed = given.feature();
        var drawing = given.feature();
        operations = List.of(
                given.operation("1"),
                given.operation("0.333333333"),
                given.operation("0.5", blocked),
                given.operation("0", blocked),
                given.operation("0.25", billed),
                given.operation("2", drawing));
        seat = given.operation("0.1", seats);
        var terms = PlanVersionTerms.empty()
                .including(Credits.of(40))
                .rollingOver(Credits.of(15))
                .with(blocked.value(), quota(60, Quota.Reset.CALENDAR_DAY, Quota.Overage.BLOCK))
                .with(billed.value(), quota(20, Quota.Reset.BILLING_CYCLE, Quota.Overage.BILL))
                .with(drawing.value(), quota(10, Quota.Reset.CALENDAR_MONTH, Quota.Overage.DRAW_CREDITS))
                .with(seats.value(), quota(6, Quota.Reset.NEVER, Quota.Overage.BLOCK));
        for (int i = 0; i < 2; i++) {
            var tenant = given.tenantOn(terms);
            allotment
                    .tenants()
                    .setThresholds(
                            tenant.id(),
                            Optional.empty(),
                            new Thresholds(List.of(50, 100), Optional.of(Credits.of(10))));
            var member = given.member(tenant);
            var key = new ApiKeyId(new UUID(random.nextLong(), random.nextLong()));
            var actors = List.of(Actor.system(), Actor.user(member), Actor.apiKey(key), Actor.apiKey(key, member));
            accounts.add(new Account(tenant, Fixtures.accountOf(tenant), actors));
            accounts.add(new Account(tenant, given.memberAccount(tenant, member, terms), actors));
            given.spendLimit(tenant, member, 150);
            given.spendLimit(tenant, SpendLimit.Spender.of(key), 200);
        }
    }

    List<TenantId> tenants() {
        return accounts.stream().map(account -> account.tenant.id()).distinct().toList();
    }

    /** What happened so far, a line each. */
    List<String> told() {
        return told;
    }

    /** One step more, and a look at the account it was about; now and then at all. */
    void next() {
        var account = pick(accounts);
        int choice = random.nextInt(100);
        if (choice < 18) {
            consume(account);
        } else if (choice < 34) {
            reserve(account);
        } else if (choice < 46) {
            settle(account);
        } else if (choice < 50) {
            release(account);
        } else if (choice < 53) {
            renew(account);
        } else if (choice < 60) {
            refund(account);
        } else if (choice < 65) {
            takeSeat(account);
        } else if (choice < 68) {
            giveSeatBack(account);
        } else if (choice < 78) {
            grant(account);
        } else if (choice < 81) {
            voidGrant(account);
        } else if (choice < 84) {
            adjust(account);
        } else if (choice < 87) {
            overdraft(account);
        } else if (choice < 89) {
            spendLimit(account);
        } else if (choice < 94) {
            again();
        } else {
            var time = random.nextInt(8) == 0
                    ? Duration.ofDays(random.nextInt(40))
                    : Duration.ofMinutes(random.nextInt(12 * 60));
            tell("clock to " + clock.instant().plus(time));
            clock.advance(time);
        }
        if (random.nextInt(20) == 0) {
            accounts.forEach(this::look);
        } else {
            look(account);
        }
    }

    private void consume(Account account) {
        var charge = charge(account);
        var answer = send(
                account,
                "consume " + charge.lines(),
                key -> allotment.gate().consume(account.tenant.id(), key, charge));
        if (answer.allowed()) {
            account.charged.add(answer.decision().id());
        }
    }

    private void reserve(Account account) {
        var charge = charge(account);
        var lease = Duration.ofMinutes(1 + random.nextInt(24 * 60));
        send(
                        account,
                        "reserve " + charge.lines() + " for " + lease,
                        key -> allotment.gate().reserve(account.tenant.id(), key, charge, lease))
                .decision()
                .reservation()
                .ifPresent(account.reservations::add);
    }

    private void settle(Account account) {
        reservation(account).ifPresent(reservation -> {
            var used = reservation.lines().stream()
                    .filter(line -> random.nextInt(5) > 0)
                    .map(line -> new Charge.Line(line.operation(), quantity(20)))
                    .toList();
            ended(
                    reservation,
                    () -> send(
                            account,
                            "settle " + reservation.id() + " " + used,
                            key -> allotment.gate().settle(account.tenant.id(), key, reservation.id(), used)),
                    List.of(Reservation.Status.HELD, Reservation.Status.LAPSED));
            allotment.usage().list(account.tenant.id(), UsageFilter.ALL, PageRequest.first(1)).items().stream()
                    .filter(event -> event.reservation().equals(Optional.of(reservation.id())))
                    .map(UsageEvent::id)
                    .filter(id -> !account.charged.contains(id))
                    .forEach(account.charged::add);
        });
    }

    private void release(Account account) {
        reservation(account)
                .ifPresent(reservation -> ended(
                        reservation,
                        () -> send(
                                account,
                                "release " + reservation.id(),
                                key -> allotment.gate().release(account.tenant.id(), key, reservation.id())),
                        List.of(Reservation.Status.HELD)));
    }

    private void renew(Account account) {
        var lease = Duration.ofMinutes(1 + random.nextInt(24 * 60));
        reservation(account)
                .ifPresent(reservation -> ended(
                        reservation,
                        () -> send(
                                account,
                                "renew " + reservation.id() + " for " + lease,
                                key -> allotment.gate().renew(account.tenant.id(), key, reservation.id(), lease)),
                        List.of(Reservation.Status.HELD)));
    }

    /** Goes well in these states alone. */
    private static void ended(Reservation before, Runnable call, List<Reservation.Status> in) {
        if (in.contains(before.status())) {
            call.run();
        } else {
            assertThat(catchThrowable(call::run)).isInstanceOf(ReservationEnded.class);
        }
    }

    private Optional<Reservation> reservation(Account account) {
        return account.reservations.isEmpty()
                ? Optional.empty()
                : Optional.of(allotment.gate().getReservation(account.tenant.id(), pick(account.reservations)));
    }

    private void refund(Account account) {
        if (account.charged.isEmpty()) {
            return;
        }
        var charged = pick(account.charged);
        send(
                account,
                "refund " + charged,
                key -> allotment.gate().refund(account.tenant.id(), key, charged, Actor.system(), "random"));
    }

    private void takeSeat(Account account) {
        var charge = Charge.of(seat, Quantity.of(1 + random.nextInt(2)))
                .on(account.id)
                .relatedTo("user", Integer.toString(random.nextInt(4)));
        var answer = send(
                account,
                "take " + charge.relatedTo() + " " + charge.lines(),
                key -> allotment.gate().consume(account.tenant.id(), key, charge));
        if (answer.allowed()) {
            account.charged.add(answer.decision().id());
        }
    }

    private void giveSeatBack(Account account) {
        var held = allotment
                .quotas()
                .allocations(account.tenant.id(), account.id, seats, FIRST)
                .items();
        if (held.isEmpty()) {
            return;
        }
        var allocation = pick(held);
        var request = new GateRequest.Deallocate(
                Optional.of(account.id),
                Actor.system(),
                seats,
                allocation.relatedTo(),
                random.nextBoolean() ? Optional.empty() : Optional.of(Quantity.of(1)));
        send(
                account,
                "give back " + request.relatedTo() + " " + request.quantity(),
                key -> allotment.gate().release(account.tenant.id(), key, request));
    }

    private void grant(Account account) {
        var now = clock.instant();
        var from = random.nextInt(4) > 0 ? Optional.<Instant>empty() : Optional.of(now.plus(hours(24)));
        var end = random.nextBoolean()
                ? Optional.<Instant>empty()
                : Optional.of(from.orElse(now).plusSeconds(1).plus(hours(72)));
        var rollover = end.filter(e -> random.nextBoolean())
                .map(e -> new GrantTerms.Rollover(credits(10), e.plusSeconds(1).plus(hours(72))));
        var terms = new GrantTerms(
                credits(40),
                GrantSource.PURCHASE,
                Optional.empty(),
                50 * random.nextInt(4),
                from,
                end,
                Optional.empty(),
                Optional.empty(),
                Document.EMPTY,
                rollover);
        tell(account, "grant " + terms);
        given.grant(account.tenant, account.id, terms);
    }

    private void voidGrant(Account account) {
        var grants = allotment
                .credits()
                .listGrants(account.tenant.id(), account.id, Optional.empty(), FIRST)
                .items();
        if (grants.isEmpty()) {
            return;
        }
        var grant = pick(grants);
        tell(account, "void " + grant.id());
        var refused = catchThrowable(() -> allotment
                .credits()
                .voidGrant(
                        account.tenant.id(), account.id, grant.id(), Fixtures.key(), Actor.system(), Optional.empty()));
        if (refused != null) {
            assertThat(refused).isInstanceOf(GrantNotLive.class);
        }
    }

    private void adjust(Account account) {
        var amount = random.nextBoolean() ? credits(10) : credits(10).negated();
        tell(account, "adjust by " + amount);
        var refused = catchThrowable(() -> allotment
                .credits()
                .adjust(account.tenant.id(), account.id, Fixtures.key(), Actor.system(), amount, Optional.empty()));
        if (refused != null) {
            assertThat(refused).isInstanceOf(InsufficientCredits.class);
        }
    }

    private void overdraft(Account account) {
        var limit = Credits.of(random.nextInt(20));
        tell(account, "overdraft limit " + limit);
        allotment.credits().setOverdraftLimit(account.tenant.id(), account.id, limit);
    }

    private void spendLimit(Account account) {
        var spender = pick(SpendLimit.Spender.of(account.actors.get(3)));
        var window = pick(List.of(SpendLimit.Window.values()));
        var limit = Credits.of(random.nextInt(300));
        tell(account, "limit of " + spender + " in a " + window + " " + limit);
        allotment.spendLimits().set(account.tenant.id(), spender, window, limit);
    }

    private void again() {
        if (sent.isEmpty()) {
            return;
        }
        var earlier = pick(sent);
        tell("again: " + earlier.what());
        var answer = earlier.request().get();
        assertThat(answer.replayed()).isTrue();
        assertThat(answer.decision()).isEqualTo(earlier.answer().decision());
    }

    private Outcome.Answer send(Account account, String what, Function<IdempotencyKey, Outcome.Answer> request) {
        var key = new IdempotencyKey("random-" + ++keys);
        var line = tell(account, what);
        var answer = request.apply(key);
        sent.add(new Sent(line, () -> request.apply(key), answer));
        assertThat(allotment
                        .gate()
                        .explain(account.tenant.id(), answer.decision().id())
                        .decision())
                .isEqualTo(answer.decision());
        return answer;
    }

    /** What is seen of an account agrees with itself, and with what a check says. */
    private void look(Account account) {
        var tenant = account.tenant.id();
        var balance = allotment.credits().balance(tenant, account.id);
        var held = allotment.gate().listReservations(tenant, account.id, false, FIRST).items().stream()
                .filter(reservation -> reservation.status() == Reservation.Status.HELD)
                .map(Reservation::credits)
                .reduce(Credits.ZERO, Credits::plus);
        assertThat(balance.held()).as("held").isEqualTo(held);
        assertThat(balance.available().isNegative()).as("available").isFalse();
        assertThat(balance.balance().compareTo(balance.overdraft().negated()))
                .as("balance")
                .isGreaterThanOrEqualTo(0);
        var quotas = allotment.quotas().list(tenant, account.id).stream()
                .collect(Collectors.toMap(QuotaStanding::feature, Function.identity()));
        var seatsHeld = allotment.quotas().allocations(tenant, account.id, seats, FIRST).items().stream()
                .map(Allocation::quantity)
                .reduce(Quantity.ZERO, Quantity::plus);
        assertThat(quotas.get(seats).used()).as("seats").isEqualTo(seatsHeld);
        var remaining = quotas.get(blocked).remaining().orElseThrow();
        var free = operations.get(3);
        if (!remaining.isZero()) {
            assertThat(check(account, Charge.of(free, remaining)))
                    .as("what remains")
                    .isTrue();
        }
        assertThat(check(account, Charge.of(free, remaining.plus(Quantity.of("0.000000001")))))
                .as("more than remains")
                .isFalse();
    }

    private boolean check(Account account, Charge charge) {
        return allotment
                .gate()
                .check(account.tenant.id(), charge.on(account.id))
                .allowed();
    }

    private Charge charge(Account account) {
        var order = new ArrayList<>(operations);
        Collections.shuffle(order, random);
        var charge = Charge.of(order.get(0), quantity(12)).on(account.id).by(pick(account.actors));
        for (var operation : order.subList(1, 1 + random.nextInt(3))) {
            charge = charge.and(operation, quantity(12));
        }
        return charge;
    }

    private Quantity quantity(int below) {
        return new Quantity(amount(below));
    }

    private Credits credits(int below) {
        return new Credits(amount(below));
    }

    /** More than zero, up to nine decimals. */
    private BigDecimal amount(int below) {
        var whole = BigDecimal.valueOf(1 + random.nextInt(below - 1));
        return random.nextBoolean() ? whole : whole.subtract(BigDecimal.valueOf(random.nextInt(999_999_999), 9));
    }

    private Duration hours(int below) {
        return Duration.ofHours(random.nextInt(below));
    }

    private <T> T pick(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    private static Quota quota(long limit, Quota.Reset reset, Quota.Overage overage) {
        return new Quota(Optional.of(Quantity.of(limit)), reset, Optional.empty(), overage, 0);
    }

    private String tell(Account account, String what) {
        return tell("account " + accounts.indexOf(account) + ": " + what);
    }

    private String tell(String what) {
        told.add(told.size() + 1 + ". " + what);
        return told.get(told.size() - 1);
    }
}
