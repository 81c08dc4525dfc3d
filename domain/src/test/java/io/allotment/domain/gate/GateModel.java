package io.allotment.domain.gate;

import io.allotment.domain.catalog.Definitions;
import io.allotment.domain.catalog.Entitlement;
import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.Id;
import io.allotment.domain.shared.SubscriptionId;
import io.allotment.domain.subscription.IncludedCredits;
import io.allotment.domain.subscription.PastDue;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The gate's rules once more, for one call at a time: amounts in billionths, texts for names, maps that change in place.
 * It reads the inputs of the real gate and shares none of its rules, so that both are wrong alike only by a common
 * misunderstanding.
 */
final class GateModel {

    /**
     * What a call comes to.
     *
     * @param verdict {@code ALLOWED}, the reason of a denial, or the code of a refusal: then the rest is empty
     * @param used of the lines' quotas after each line that was reached and draws one
     */
    record Answer(String verdict, boolean replayed, BigInteger credits, BigInteger balance, List<BigInteger> used) {

        Answer again() {
            return new Answer(verdict, true, credits, balance, used);
        }

        static Answer refused(String code) {
            return new Answer(code, false, BigInteger.ZERO, BigInteger.ZERO, List.of());
        }
    }

    static final class Account {
        ZoneId zone;
        String status = "";
        SubscriptionId subscription;
        Instant graceEnd;
        boolean autoRenew;
        boolean cancelAtPeriodEnd;
        BigInteger included = BigInteger.ZERO;
        Instant creditedPeriod;
        Instant createdAt;
        Instant anchor;
        int months;
        Instant periodStart;
        Instant periodEnd;
        List<Entitlement> entitlements = List.of();
        Map<String, Counter> counters = new TreeMap<>();
        List<Grant> grants = new ArrayList<>();
        long entries;
        int resets;

        BigInteger balance() {
            var sum = BigInteger.ZERO;
            for (var grant : grants) {
                sum = sum.add(grant.left);
            }
            return sum;
        }

        /** The account as time alone has made it. */
        Account at(Instant now) {
            var present = copy();
            expire(present, now);
            moveOn(present, zone, now);
            return present;
        }

        Account copy() {
            var copy = new Account();
            copy.zone = zone;
            copy.status = status;
            copy.subscription = subscription;
            copy.graceEnd = graceEnd;
            copy.autoRenew = autoRenew;
            copy.included = included;
            copy.creditedPeriod = creditedPeriod;
            copy.cancelAtPeriodEnd = cancelAtPeriodEnd;
            copy.createdAt = createdAt;
            copy.anchor = anchor;
            copy.months = months;
            copy.periodStart = periodStart;
            copy.periodEnd = periodEnd;
            copy.entitlements = entitlements;
            counters.forEach((feature, counter) -> copy.counters.put(feature, counter.copy()));
            for (var grant : grants) {
                copy.grants.add(grant.copy());
            }
            copy.entries = entries;
            copy.resets = resets;
            return copy;
        }
    }

    static final class Counter {
        Instant start;
        Instant end;
        BigInteger used = BigInteger.ZERO;
        BigInteger overage = BigInteger.ZERO;

        Counter copy() {
            var copy = new Counter();
            copy.start = start;
            copy.end = end;
            copy.used = used;
            copy.overage = overage;
            return copy;
        }
    }

    static final class Grant {
        String id;
        int priority;
        Instant from;
        Instant end;
        Instant createdAt;
        BigInteger left;

        Grant copy() {
            var copy = new Grant();
            copy.id = id;
            copy.priority = priority;
            copy.from = from;
            copy.end = end;
            copy.createdAt = createdAt;
            copy.left = left;
            return copy;
        }

        boolean burnsBefore(Grant other) {
            if (priority != other.priority) {
                return priority < other.priority;
            }
            if (end == null ? other.end != null : !end.equals(other.end)) {
                return end != null && (other.end == null || end.isBefore(other.end));
            }
            return createdAt.equals(other.createdAt) ? id.compareTo(other.id) < 0 : createdAt.isBefore(other.createdAt);
        }
    }

    private record Remembered(String asked, Answer answer) {}

    final Map<String, Account> accounts = new HashMap<>();
    private final Map<String, Remembered> remembered = new HashMap<>();
    private final GateState stored;
    private final Definitions definitions;

    /** Of a state in which nothing is held, overdrawn, allocated or limited. */
    GateModel(GateState state, Definitions definitions) {
        stored = state;
        this.definitions = definitions;
        for (var entry : state.accounts().entrySet()) {
            accounts.put(name(entry.getKey().tenantId(), entry.getKey().accountId()), account(entry.getValue()));
        }
    }

    static String name(Id tenant, Id within) {
        return tenant.value() + "/" + within.value();
    }

    static BigInteger billionths(BigDecimal value) {
        return value.movePointRight(9).toBigIntegerExact();
    }

    private static Charge charge(GateCall call) {
        return ((GateRequest.OfCharge) call.request()).charge();
    }

    Answer call(GateCall call, Instant now) {
        var tenant = stored.tenants().get(call.tenantId());
        if (tenant == null) {
            return Answer.refused("tenant-not-found");
        }
        var user = charge(call).actor() instanceof Actor.User u ? u.id() : null;
        boolean belongs = user == null;
        for (var member : stored.members()) {
            belongs |=
                    member.tenantId().equals(call.tenantId()) && member.userId().equals(user);
        }
        if (!belongs) {
            return Answer.refused("unknown-member");
        }
        var asked = asked(call);
        var key = call.key().map(k -> call.tenantId().value() + " " + k.value()).orElse(null);
        if (remembered.containsKey(key)) {
            var earlier = remembered.get(key);
            return earlier.asked.equals(asked) ? earlier.answer.again() : Answer.refused("idempotency-key-reused");
        }
        for (var line : charge(call).lines()) {
            if (definitions.operation(line.operation()).isEmpty()) {
                return Answer.refused("unknown-operation");
            }
        }
        var named = charge(call).account().orElse(null);
        var account = named != null ? accounts.get(name(call.tenantId(), named)) : null;
        if (named == null && user != null) {
            account = accounts.get(name(call.tenantId(), user));
        }
        if (named == null && account == null) {
            account = accounts.get(name(call.tenantId(), call.tenantId()));
        }
        if (account == null) {
            return Answer.refused("unknown-account");
        }
        if (call.verb() == Verb.CHECK) {
            account = account.copy();
        }
        boolean suspended = tenant.status().name().equals("SUSPENDED");
        var answer = walk(call, suspended, user != null, account, tenant.timeZone(), now);
        if (key != null) {
            remembered.put(key, new Remembered(asked, answer));
        }
        return answer;
    }

    private Answer walk(GateCall call, boolean suspended, boolean isUser, Account account, ZoneId zone, Instant now) {
        expire(account, now);
        moveOn(account, zone, now);
        var operations = new ArrayList<Operation>();
        for (var line : charge(call).lines()) {
            operations.add(definitions.operation(line.operation()).orElseThrow());
        }
        String no = null;
        if (suspended) {
            no = "TENANT_SUSPENDED";
        }
        for (var operation : operations) {
            if (no == null && !operation.active()) {
                no = "OPERATION_INACTIVE";
            }
        }
        for (var operation : operations) {
            if (no == null && isUser && operation.permission().isPresent()) {
                no = "PERMISSION_MISSING";
            }
        }
        if (no == null && account.status.isEmpty()) {
            no = "NO_SUBSCRIPTION";
        }
        if (no == null && !maySpend(account)) {
            no = "SUBSCRIPTION_INACTIVE";
        }
        var credits = BigInteger.ZERO;
        var used = new ArrayList<BigInteger>();
        var after = new TreeMap<String, Counter>();
        for (int i = 0; no == null && i < operations.size(); i++) {
            var rate = billionths(operations.get(i).creditRate().value());
            var quantity = billionths(charge(call).lines().get(i).quantity().value());
            var feature = operations.get(i).feature().map(f -> f.value()).orElse(null);
            var entitlement = entitlement(account, feature);
            if (feature != null && entitlement == null
                    || entitlement instanceof Entitlement.Switch onOff && !onOff.enabled()) {
                no = "NOT_ENTITLED";
                continue;
            }
            var charged = quantity;
            if (entitlement instanceof Entitlement.Metered metered) {
                var counter = after.get(feature);
                if (counter == null) {
                    counter = present(account, metered, zone, now).copy();
                }
                var quota = metered.quota();
                var limit = quota.limit().map(l -> billionths(l.value())).orElse(null);
                var sum = counter.used.add(quantity);
                var above = BigInteger.ZERO;
                if (limit != null && sum.compareTo(limit) > 0) {
                    above = counter.used.compareTo(limit) > 0 ? quantity : sum.subtract(limit);
                }
                if (quota.overage() == Quota.Overage.BLOCK && limit != null) {
                    // sum > limit × (100 + grace) / 100, without dividing
                    var ceiling = limit.multiply(BigInteger.valueOf(100 + quota.gracePercent()));
                    if (sum.multiply(BigInteger.valueOf(100)).compareTo(ceiling) > 0) {
                        no = "QUOTA_EXCEEDED";
                        continue;
                    }
                }
                counter.used = sum;
                if (quota.overage() == Quota.Overage.BILL) {
                    counter.overage = counter.overage.add(above);
                }
                if (quota.overage() == Quota.Overage.DRAW_CREDITS) {
                    charged = above;
                }
                after.put(feature, counter);
                used.add(sum);
            }
            credits = credits.add(rounded(rate.multiply(charged)));
        }
        if (no == null) {
            var available = BigInteger.ZERO;
            for (var grant : account.grants) {
                if (!now.isBefore(grant.from)) {
                    available = available.add(grant.left);
                }
            }
            if (credits.compareTo(available) > 0) {
                no = "INSUFFICIENT_CREDITS";
            }
        }
        if (no != null) {
            return new Answer(no, false, credits, account.balance(), used);
        }
        account.counters.putAll(after);
        if (credits.signum() > 0) {
            burn(account, credits, now);
        }
        return new Answer("ALLOWED", false, credits, account.balance(), used);
    }

    private static void expire(Account account, Instant now) {
        var alive = new ArrayList<Grant>();
        for (var grant : account.grants) {
            if (grant.end != null && grant.end.compareTo(now) <= 0) {
                account.entries++;
            } else {
                alive.add(grant);
            }
        }
        account.grants = alive;
    }

    private static void burn(Account account, BigInteger amount, Instant now) {
        account.entries++;
        var left = amount;
        while (left.signum() > 0) {
            Grant next = null;
            for (var grant : account.grants) {
                if (!now.isBefore(grant.from) && (next == null || grant.burnsBefore(next))) {
                    next = grant;
                }
            }
            var taken = left.min(next.left);
            next.left = next.left.subtract(taken);
            left = left.subtract(taken);
            if (next.left.signum() == 0) {
                account.grants.remove(next);
            }
        }
    }

    /** What time alone does to the subscription. */
    private static void moveOn(Account account, ZoneId zone, Instant now) {
        credit(account, now);
        while (List.of("FREE", "TRIALING", "ACTIVE", "PAST_DUE").contains(account.status)) {
            if (account.status.equals("PAST_DUE")
                    && !now.isBefore(account.graceEnd)
                    && !account.graceEnd.isAfter(account.periodEnd)) {
                account.status = "EXPIRED";
                return;
            }
            if (now.isBefore(account.periodEnd)) {
                return;
            }
            if (account.cancelAtPeriodEnd) {
                account.status = "CANCELED";
                return;
            }
            if (!account.autoRenew && !account.status.equals("FREE")) {
                account.status = "EXPIRED";
                return;
            }
            if (account.status.equals("TRIALING")) {
                account.status = "ACTIVE";
            }
            int n = 0;
            while (!account.periodEnd.isBefore(boundary(account, zone, n + 1))) {
                n++;
            }
            account.periodStart = boundary(account, zone, n);
            account.periodEnd = boundary(account, zone, n + 1);
            credit(account, now);
        }
    }

    /** A period that begins brings what the plan includes, unless it is over by now. */
    private static void credit(Account account, Instant now) {
        if (!List.of("FREE", "TRIALING", "ACTIVE").contains(account.status)
                || account.periodStart.equals(account.creditedPeriod)) {
            return;
        }
        account.creditedPeriod = account.periodStart;
        if (account.included.signum() > 0 && now.isBefore(account.periodEnd)) {
            var grant = new Grant();
            grant.id = GrantId.of(account.subscription, account.periodStart)
                    .value()
                    .toString();
            grant.priority = 100;
            grant.from = now;
            grant.end = account.periodEnd;
            grant.createdAt = now;
            grant.left = account.included;
            account.grants.add(grant);
            account.entries++;
        }
    }

    /** The anchor's day of month and time of day, so many periods later; the last day where a month is too short. */
    private static Instant boundary(Account account, ZoneId zone, int n) {
        var anchor = account.anchor.atZone(zone);
        var month = YearMonth.from(anchor).plusMonths((long) n * account.months);
        var day = month.atDay(Math.min(anchor.getDayOfMonth(), month.lengthOfMonth()));
        return ZonedDateTime.of(day, anchor.toLocalTime(), zone).toInstant();
    }

    private static boolean maySpend(Account account) {
        return List.of("FREE", "TRIALING", "ACTIVE", "PAST_DUE").contains(account.status);
    }

    private static Entitlement entitlement(Account account, String feature) {
        for (var entitlement : account.entitlements) {
            if (entitlement.feature().value().equals(feature)) {
                return entitlement;
            }
        }
        return null;
    }

    /** The feature's counter, started again where its period is over. */
    private static Counter present(Account account, Entitlement.Metered metered, ZoneId zone, Instant now) {
        var counter = account.counters.get(metered.feature().value());
        boolean resets = metered.quota().reset() != Quota.Reset.NEVER;
        if (counter != null && (counter.end == null ? !resets : now.isBefore(counter.end))) {
            return counter;
        }
        var next = new Counter();
        var today = LocalDate.ofInstant(now, zone);
        switch (metered.quota().reset()) {
            case BILLING_CYCLE -> {
                next.start = account.periodStart;
                next.end = account.periodEnd;
            }
            case CALENDAR_MONTH -> {
                next.start = midnight(today.withDayOfMonth(1), zone);
                next.end = midnight(YearMonth.from(today).plusMonths(1).atDay(1), zone);
            }
            case CALENDAR_DAY -> {
                next.start = midnight(today, zone);
                next.end = midnight(today.plusDays(1), zone);
            }
            case FIXED_WINDOW -> {
                long seconds = metered.quota().windowSeconds().orElseThrow();
                next.start = account.anchor;
                while (next.start.isAfter(now)) {
                    next.start = next.start.minusSeconds(seconds);
                }
                while (!next.start.plusSeconds(seconds).isAfter(now)) {
                    next.start = next.start.plusSeconds(seconds);
                }
                next.end = next.start.plusSeconds(seconds);
            }
            case NEVER -> next.start = account.createdAt;
        }
        if (counter != null) {
            account.resets++;
            account.counters.put(metered.feature().value(), next);
        }
        return next;
    }

    private static Instant midnight(LocalDate day, ZoneId zone) {
        return ZonedDateTime.of(day, LocalTime.MIDNIGHT, zone).toInstant();
    }

    private static BigInteger rounded(BigInteger billionthsOfBillionths) {
        var half = BigInteger.valueOf(500_000_000);
        return billionthsOfBillionths.add(half).divide(BigInteger.valueOf(1_000_000_000));
    }

    private static String asked(GateCall call) {
        var text = new StringBuilder();
        text.append(call.verb())
                .append(charge(call).account())
                .append(charge(call).actor());
        for (var line : charge(call).lines()) {
            text.append(line.operation())
                    .append(billionths(line.quantity().value()))
                    .append(';');
        }
        return text.append(charge(call).model()).append(charge(call).tokens()).toString();
    }

    private Account account(GateState.AccountState state) {
        var account = new Account();
        account.zone = stored.tenants().get(state.credits().tenantId()).timeZone();
        account.entries = state.credits().lastSequence();
        for (var given : state.credits().grants()) {
            var grant = new Grant();
            grant.id = given.id().value().toString();
            grant.priority = given.terms().priority();
            grant.from = given.terms().effectiveFrom().orElse(given.createdAt());
            grant.end = given.terms().expiresAt().orElse(null);
            grant.createdAt = given.createdAt();
            grant.left = billionths(given.remaining().value());
            account.grants.add(grant);
        }
        state.counters().forEach((feature, given) -> {
            var counter = new Counter();
            counter.start = given.period().start();
            counter.end = given.period().end().orElse(null);
            counter.used = billionths(given.used().value());
            counter.overage = billionths(given.overage().value());
            account.counters.put(feature.value(), counter);
        });
        state.subscription().ifPresent(subscription -> {
            var terms = definitions
                    .planVersion(subscription.planVersionId())
                    .orElseThrow()
                    .terms();
            account.status = subscription.status().name();
            account.subscription = subscription.id();
            account.graceEnd = subscription.pastDue().map(PastDue::graceEndsAt).orElse(null);
            account.autoRenew = subscription.autoRenew();
            account.included = billionths(terms.includedCredits().value());
            account.creditedPeriod =
                    subscription.included().map(IncludedCredits::periodStart).orElse(null);
            account.cancelAtPeriodEnd = subscription.cancelAtPeriodEnd();
            account.createdAt = subscription.createdAt();
            account.anchor = subscription.cycle().anchor();
            account.months = subscription.cycle().months();
            account.periodStart = subscription.currentPeriod().start();
            account.periodEnd = subscription.currentPeriod().end().orElseThrow();
            account.entitlements = terms.entitlements();
        });
        return account;
    }
}
