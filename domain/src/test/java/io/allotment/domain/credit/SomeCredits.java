package io.allotment.domain.credit;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Accounts and grants that were made yesterday, for the tests of credits. */
final class SomeCredits {

    static final Instant NOW = Instant.parse("2026-03-10T12:00:00Z");
    static final Instant TOMORROW = NOW.plus(Duration.ofDays(1));
    static final Instant NEXT_WEEK = NOW.plus(Duration.ofDays(7));
    static final TenantId TENANT = new TenantId(new UUID(1, 1));
    static final AccountId ACCOUNT = new AccountId(new UUID(1, 1));
    static final CreditReason REASON =
            CreditReason.manual(Actor.system(), Optional.empty(), Optional.empty(), Optional.empty());

    private SomeCredits() {}

    static CreditAccount with(CreditGrant... grants) {
        var account = CreditAccount.empty(TENANT, ACCOUNT);
        for (var grant : grants) {
            account = account.grant(grant, CreditEntry.Type.GRANTED, REASON, grant.createdAt())
                    .account();
        }
        return account;
    }

    /** Named by its number; of grants alike the lower number burns first. */
    static CreditGrant grant(int number, GrantTerms terms) {
        return CreditGrant.of(TENANT, grantId(number), ACCOUNT, terms, NOW.minus(Duration.ofDays(1)));
    }

    static GrantId grantId(int number) {
        return new GrantId(new UUID(5, number));
    }

    static GrantTerms credits(long amount) {
        return GrantTerms.of(Credits.of(amount), GrantSource.PURCHASE);
    }

    static GrantTerms startingAt(Instant start) {
        var terms = credits(50);
        return new GrantTerms(
                terms.amount(),
                terms.source(),
                Optional.empty(),
                terms.priority(),
                Optional.of(start),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                terms.metadata(),
                Optional.empty());
    }

    static CreditAccount overdrawable(String limit, CreditGrant... grants) {
        return with(grants).withOverdraftLimit(Credits.of(limit));
    }

    static CreditAccount.Movement draw(CreditAccount account, String amount) {
        return account.draw(Credits.of(amount), CreditEntry.Type.CONSUMED, REASON, NOW);
    }

    static CreditAccount drawn(CreditAccount account, String amount) {
        return draw(account, amount).account();
    }

    static CreditHold.Pin pin(int grant, String amount) {
        return new CreditHold.Pin(grantId(grant), Credits.of(amount));
    }

    static CreditEntry.Draw moved(int grant, String amount, String remainingAfter) {
        return new CreditEntry.Draw(grantId(grant), Credits.of(amount), Credits.of(remainingAfter));
    }

    /** What its grants hold, less the overdraft: always the balance. */
    static Credits sum(CreditAccount account) {
        return account.grants().stream()
                .map(CreditGrant::remaining)
                .reduce(account.overdraft().negated(), Credits::plus);
    }

    static CreditGrant grantOf(CreditAccount account, int number) {
        return account.grants().stream()
                .filter(grant -> grant.id().equals(grantId(number)))
                .findFirst()
                .orElseThrow();
    }

    static List<CreditGrant> touched(CreditAccount.Movement movement, int... numbers) {
        return Arrays.stream(numbers)
                .mapToObj(number -> movement.touched().stream()
                        .filter(grant -> grant.id().equals(grantId(number)))
                        .findFirst()
                        .orElseThrow())
                .toList();
    }
}
