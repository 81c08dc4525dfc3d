package io.allotment.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.Allotment;
import io.allotment.application.subscription.SubscriptionService.Choice;
import io.allotment.domain.catalog.Feature;
import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.Plan;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.credit.GrantSource;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.subscription.BillingAccount;
import io.allotment.domain.tenancy.TenantProfile;
import io.allotment.persistence.memory.InMemoryPersistence;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The README's tour, compiled and run; and the README has it word for word. */
class FiveMinuteTourTest {

    @Test
    void the_tour_does_what_the_readme_says() {
        // tour begins
        var allotment = Allotment.with(new InMemoryPersistence()).build();

        // The catalogue: what is metered, what it costs, and a plan that gives 100 minutes a month.
        var catalog = allotment.catalog();
        catalog.create(Feature.consumed("minutes", "Transcription minutes", "minute"));
        catalog.create(Operation.of("transcribe.minute", "transcription", Credits.of("0.5"))
                .drawing("minutes"));
        catalog.create(Plan.of("pro", "Pro"), PlanVersionTerms.empty().with("minutes", Quota.perCycle(100)));

        // A customer, on the plan, with 40 credits.
        var acme = allotment
                .tenants()
                .create(TenantProfile.of("Acme Studio", "acme"))
                .id();
        var account = BillingAccount.idOf(acme);
        allotment.subscriptions().subscribe(acme, account, Choice.of("pro"));
        allotment.credits().grant(acme, account, "welcome", GrantSource.GIFT, 40);

        // The gate: may they, and what did it cost? Decided and done in one transaction.
        var charge = Charge.of("transcribe.minute", 12).relatedTo("meeting", "42");
        var answer = allotment.gate().consume(acme, "meeting-42", charge);
        assertThat(answer.allowed()).isTrue();
        assertThat(answer.decision().credits()).isEqualTo(Credits.of(6));
        assertThat(answer.decision().balanceAfter()).isEqualTo(Credits.of(34));

        // The same key again: the first answer, and nothing happens.
        assertThat(allotment.gate().consume(acme, "meeting-42", charge).replayed())
                .isTrue();

        // Too much: an answer that says why, with the figures.
        var denied = allotment.gate().consume(acme, "meeting-43", Charge.of("transcribe.minute", 90));
        assertThat(denied.decision().denial().orElseThrow().message())
                .startsWith("The quota of minutes is 100, 12 are used, 90 were asked for");

        // A stream: the worst case is set aside; what was used is settled when the work is closed, however it ends.
        var worstCase = Charge.of("transcribe.minute", 60);
        try (var work = allotment.gate().meter(acme, new IdempotencyKey("live-44"), worstCase, Duration.ofMinutes(2))) {
            work.used("transcribe.minute", 3);
            work.used("transcribe.minute", 4);
        }
        assertThat(allotment.credits().balance(acme, account).balance()).isEqualTo(Credits.of("30.5"));

        // A wrong charge is undone, once, by entries of its own.
        var mistake = answer.decision().id();
        allotment.gate().refund(acme, new IdempotencyKey("sorry-42"), mistake, Actor.system(), "charged twice");
        assertThat(allotment.credits().balance(acme, account).balance()).isEqualTo(Credits.of("36.5"));

        // What must always be true, recomputed from what is stored.
        assertThat(allotment.gate().verify().violations()).isEmpty();
        // tour ends
    }

    @Test
    void the_readme_has_the_tour_word_for_word() throws Exception {
        var source = Files.readString(Path.of("src/test/java/io/allotment/server/FiveMinuteTourTest.java"));
        var tour = source.substring(
                        source.indexOf("// tour begins\n") + 15, source.lastIndexOf("        // tour ends\n"))
                .lines()
                .map(line -> line.replaceFirst("^ {8}", ""))
                .collect(Collectors.joining("\n"));

        assertThat(Files.readString(Path.of("../README.md"))).contains(tour);
    }
}
