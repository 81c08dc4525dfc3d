package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.Allotment;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.job.DueWork;
import io.allotment.domain.job.JobName;
import io.allotment.domain.notification.Mail;
import io.allotment.domain.notification.Notice;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.subscription.DunningSchedule;
import io.allotment.domain.subscription.PastDue;
import io.allotment.domain.subscription.SubscriptionStatus;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.testkit.Fixtures;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who has not paid is told of it, at each step of the grace once, and not after the payment came. */
public abstract class DunningContract extends PersistenceContract {

    private static final Duration DAY = Duration.ofDays(1);
    private static final PageRequest ALL = PageRequest.first(200);

    private Tenant tenant;
    private AccountId account;
    private UserId owner;

    @BeforeEach
    void who_has_not_paid() {
        tenant = given.tenantOn(PlanVersionTerms.empty().withGrace(7));
        account = Fixtures.accountOf(tenant);
        owner = given.member(tenant, SystemRole.OWNER);
        given.member(tenant);
    }

    private void paymentFails() {
        allotment.subscriptions().markPastDue(tenant.id(), account);
    }

    /** Until nothing is left, also of what other tests left behind. */
    private void dun(Allotment by) {
        while (by.upkeep().dun().more()) {
            assertThat(by.clock().instant()).isEqualTo(clock.instant());
        }
    }

    private List<Notice> notices() {
        return allotment.outbox().list(tenant.id(), ALL).items();
    }

    private List<String> daysLeft() {
        return notices().stream().map(notice -> notice.amount().toPlainString()).toList();
    }

    private List<Mail> mailsTo(UserId user) {
        var email = allotment.users().get(user).email();
        return allPages(200, page -> allotment.mails().list(page)).stream()
                .filter(mail -> mail.recipient().equals(email))
                .toList();
    }

    private Optional<Instant> noticeAt() {
        return allotment.subscriptions().get(tenant.id(), account).pastDue().flatMap(PastDue::noticeAt);
    }

    @Test
    void it_is_told_at_once_and_three_days_and_one_day_before_the_end() {
        paymentFails();

        for (int hour = 0; hour < 24 * 8; hour++) {
            dun(allotment);
            dun(allotment);
            clock.advance(Duration.ofHours(1));
        }

        assertThat(daysLeft()).containsExactly("7", "3", "1");
        assertThat(notices())
                .extracting(Notice::at)
                .containsExactly(START, START.plus(DAY.multipliedBy(4)), START.plus(DAY.multipliedBy(6)));
        assertThat(notices()).allSatisfy(notice -> {
            assertThat(notice.kind()).isEqualTo(Notice.Kind.PAYMENT_MISSING);
            assertThat(notice.accountId()).isEqualTo(account);
            assertThat(notice.period().orElseThrow().start()).isEqualTo(START);
            assertThat(notice.period().orElseThrow().end()).contains(START.plus(DAY.multipliedBy(7)));
        });
        assertThat(mailsTo(owner)).hasSize(3);
        assertThat(mailsTo(owner).get(0).subject())
                .isEqualTo("A payment of " + tenant.profile().name() + " is missing");
        assertThat(mailsTo(owner).get(0).body()).contains("Until 17 March 2026, 09:30 ");
        assertThat(allotment.subscriptions().get(tenant.id(), account).status()).isEqualTo(SubscriptionStatus.EXPIRED);
    }

    @Test
    void whoever_has_paid_meanwhile_is_told_nothing_and_of_a_later_failure_again() {
        paymentFails();
        allotment.subscriptions().activate(tenant.id(), account);
        dun(allotment);
        assertThat(notices()).isEmpty();

        paymentFails();
        dun(allotment);
        clock.advance(DAY.multipliedBy(3));
        allotment.subscriptions().activate(tenant.id(), account);
        clock.advance(DAY.multipliedBy(3));
        dun(allotment);
        assertThat(daysLeft()).containsExactly("7");

        paymentFails();
        dun(allotment);
        assertThat(daysLeft()).containsExactly("7", "7");
        assertThat(mailsTo(owner)).hasSize(2);
    }

    @Test
    void of_steps_that_nobody_told_in_time_one_is_told() {
        paymentFails();
        clock.advance(DAY.multipliedBy(5));

        dun(allotment);
        dun(allotment);

        assertThat(daysLeft()).containsExactly("2");
        assertThat(noticeAt()).contains(START.plus(DAY.multipliedBy(6)));
    }

    @Test
    void after_the_grace_nothing_is_told() {
        paymentFails();
        clock.advance(DAY.multipliedBy(7));

        dun(allotment);

        assertThat(notices()).isEmpty();
        assertThat(mailsTo(owner)).isEmpty();
        assertThat(due()).doesNotContain(new DueWork.Account(tenant.id(), account));
    }

    @Test
    void a_short_grace_has_the_steps_that_fit_into_it() {
        tenant = given.tenantOn(PlanVersionTerms.empty().withGrace(2));
        account = Fixtures.accountOf(tenant);
        paymentFails();
        dun(allotment);
        clock.advance(DAY);
        dun(allotment);

        assertThat(daysLeft()).containsExactly("2", "1");
        assertThat(noticeAt()).isEmpty();
        assertThat(due()).doesNotContain(new DueWork.Account(tenant.id(), account));
    }

    @Test
    void a_member_is_told_of_their_own_account_and_nobody_else() {
        var member = given.member(tenant);
        account = given.memberAccount(tenant, member, PlanVersionTerms.empty().withGrace(7));
        paymentFails();

        dun(allotment);

        assertThat(mailsTo(member)).hasSize(1);
        assertThat(mailsTo(owner)).isEmpty();
        assertThat(notices()).extracting(Notice::accountId).containsExactly(account);
    }

    @Test
    void the_steps_are_what_was_chosen() {
        var choosy = Allotment.with(persistence)
                .clock(clock)
                .ids(ids)
                .dunning(new DunningSchedule(false, List.of(2)))
                .build();
        paymentFails();
        for (int day = 0; day < 8; day++) {
            dun(choosy);
            clock.advance(DAY);
        }

        assertThat(daysLeft()).containsExactly("2");
    }

    @Test
    void of_many_servers_one_tells() {
        paymentFails();

        var results = Together.run(6, thread -> allotment.upkeep().dun());

        assertThat(results).allSatisfy(result -> assertThat(result.failure()).isEmpty());
        dun(allotment);
        assertThat(daysLeft()).containsExactly("7");
        assertThat(mailsTo(owner)).hasSize(1);
    }

    @Test
    void what_fails_tells_nothing() {
        paymentFails();
        inPlatformThenUndone(() -> persistence
                .outbox()
                .append(new Notice(
                        tenant.id(),
                        new DecisionId(ids.next()),
                        0,
                        Notice.Kind.PAYMENT_MISSING,
                        account,
                        Optional.empty(),
                        Optional.empty(),
                        BigDecimal.ONE,
                        Optional.empty(),
                        Optional.empty(),
                        START)));

        assertThat(notices()).isEmpty();
        assertThat(due()).contains(new DueWork.Account(tenant.id(), account));
    }

    // Trials

    private void trying(int days) {
        var empty = PlanVersionTerms.empty();
        tenant = given.tenantOn(new PlanVersionTerms(
                days,
                7,
                empty.seatLimit(),
                empty.includedCredits(),
                empty.rolloverMax(),
                empty.features(),
                empty.prices(),
                empty.entitlements()));
        account = Fixtures.accountOf(tenant);
        owner = given.member(tenant, SystemRole.OWNER);
    }

    @Test
    void of_a_trial_that_ends_is_told_once_three_days_before() {
        trying(14);

        for (int day = 0; day < 16; day++) {
            dun(allotment);
            dun(allotment);
            clock.advance(DAY);
        }

        assertThat(notices()).singleElement().satisfies(notice -> {
            assertThat(notice.kind()).isEqualTo(Notice.Kind.TRIAL_ENDING);
            assertThat(notice.at()).isEqualTo(START.plus(DAY.multipliedBy(11)));
            assertThat(notice.amount()).isEqualByComparingTo("3");
            assertThat(notice.period().orElseThrow().end()).contains(START.plus(DAY.multipliedBy(14)));
        });
        assertThat(mailsTo(owner))
                .singleElement()
                .satisfies(mail -> assertThat(mail.body()).contains("ends on 24 March 2026", "is to be paid"));
    }

    @Test
    void of_a_short_trial_is_told_at_once_and_of_one_that_is_over_or_paid_before_nothing() {
        trying(1);
        allotment.subscriptions().cancel(tenant.id(), account, true, Optional.empty());
        dun(allotment);
        assertThat(daysLeft()).containsExactly("1");
        assertThat(mailsTo(owner))
                .singleElement()
                .satisfies(mail -> assertThat(mail.body()).contains("The plan ends then."));

        trying(14);
        clock.advance(DAY.multipliedBy(15));
        dun(allotment);
        assertThat(notices()).isEmpty();

        trying(3);
        allotment.subscriptions().activate(tenant.id(), account);
        dun(allotment);
        assertThat(notices()).isEmpty();
    }

    private List<DueWork.Account> due() {
        return inPlatform(
                () -> persistence.dueWork().missingPayments(new JobName("test-job"), clock.instant(), 10_000));
    }
}
