package io.allotment.server.prove;

import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.gate.Decision;
import io.allotment.domain.gate.Denial;
import io.allotment.domain.gate.Outcome;
import io.allotment.domain.quota.QuotaUse;
import io.allotment.domain.usage.UsageEvent;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Answers and ledger lines in words, with all their figures: the gate's and the model's are compared as such. */
final class Told {

    private Told() {}

    /** A denial's facts; what is not said is null. */
    record No(
            String reason,
            String scope,
            Integer line,
            BigDecimal needed,
            BigDecimal available,
            BigDecimal limit,
            BigDecimal used,
            Instant resets) {

        @Override
        public String toString() {
            return reason + " of " + scope + (line == null ? "" : " in line " + line)
                    + (needed == null ? "" : " needed " + plain(needed))
                    + (available == null ? "" : " available " + plain(available))
                    + (limit == null ? "" : " limit " + plain(limit))
                    + (used == null ? "" : " used " + plain(used)) + (resets == null ? "" : " resets at " + resets);
        }
    }

    /** A line's price, and what it used of a quota, where it did. */
    record Line(String operation, BigDecimal quantity, BigDecimal credits, String quota) {

        @Override
        public String toString() {
            return plain(quantity) + " " + operation + " for " + plain(credits) + (quota == null ? "" : " " + quota);
        }
    }

    /** An answer's facts; what it has none of is null. */
    record Answer(
            String verb,
            String account,
            No no,
            BigDecimal credits,
            BigDecimal uncovered,
            BigDecimal balance,
            List<ModelCredits.Draw> draws,
            List<Line> lines,
            String reservation,
            Instant lease,
            String refunded,
            Instant at) {

        @Override
        public String toString() {
            return verb + " on " + account + (no == null ? " allowed" : " denied: " + no) + "; credits "
                    + plain(credits) + (uncovered.signum() == 0 ? "" : ", uncovered " + plain(uncovered)) + ", balance "
                    + plain(balance) + "; lines " + lines + "; draws " + words(draws)
                    + (reservation == null ? "" : "; reservation " + reservation)
                    + (lease == null ? "" : " until " + lease) + (refunded == null ? "" : "; refunds " + refunded)
                    + "; at " + at;
        }
    }

    static String refused(String refusal) {
        return "refused: " + refusal;
    }

    static String replayed(String answer) {
        return answer + " (replayed)";
    }

    static String quota(
            String feature, BigDecimal used, BigDecimal limit, BigDecimal above, Instant start, Instant end) {
        return "(" + feature + " " + plain(used) + " of " + (limit == null ? "any" : plain(limit)) + ", above "
                + plain(above) + ", from " + start + " to " + end + ")";
    }

    static String entry(
            long sequence,
            String type,
            BigDecimal amount,
            BigDecimal balance,
            List<ModelCredits.Draw> draws,
            BigDecimal overdraftChange,
            Instant at) {
        return sequence + ". " + type + " " + plain(amount) + ", balance " + plain(balance) + "; draws " + words(draws)
                + "; overdraft by " + plain(overdraftChange) + "; at " + at;
    }

    static String of(Outcome outcome) {
        if (outcome instanceof Outcome.Refused refused) {
            return refused(refused.refusal().getClass().getSimpleName());
        }
        var answer = (Outcome.Answer) outcome;
        var told = of(answer.decision());
        return answer.replayed() ? replayed(told) : told;
    }

    /** What kind of answer it is: the verb with {@code allowed} or the reason why not, or how it was refused. */
    static String kind(Outcome outcome) {
        if (outcome instanceof Outcome.Refused refused) {
            return refused(refused.refusal().getClass().getSimpleName());
        }
        var answer = (Outcome.Answer) outcome;
        var decision = answer.decision();
        return decision.verb() + " "
                + decision.denial().map(no -> "denied: " + no.reason()).orElse("allowed")
                + (decision.uncoveredCredits().isZero() ? "" : ", uncovered")
                + (answer.replayed() ? " (replayed)" : "");
    }

    static String of(Decision decision) {
        return new Answer(
                        decision.verb().name(),
                        decision.accountId().toString(),
                        decision.denial().map(Told::no).orElse(null),
                        decision.credits().value(),
                        decision.uncoveredCredits().value(),
                        decision.balanceAfter().value(),
                        draws(decision.draws().stream()),
                        decision.lines().stream().map(Told::line).toList(),
                        decision.reservation().map(Object::toString).orElse(null),
                        decision.leaseUntil().orElse(null),
                        decision.refunded().map(Object::toString).orElse(null),
                        decision.at())
                .toString();
    }

    static String of(CreditEntry entry) {
        return entry(
                entry.sequence(),
                entry.type().name(),
                entry.amount().value(),
                entry.balanceAfter().value(),
                draws(entry.draws().stream()),
                entry.overdraftChange().value(),
                entry.at());
    }

    private static List<ModelCredits.Draw> draws(Stream<CreditEntry.Draw> draws) {
        return draws.map(draw -> new ModelCredits.Draw(
                        draw.grant().toString(),
                        draw.amount().value(),
                        draw.remainingAfter().value()))
                .toList();
    }

    private static No no(Denial denial) {
        return new No(
                denial.reason().name(),
                denial.scope().name(),
                denial.line().orElse(null),
                denial.needed().orElse(null),
                denial.available().orElse(null),
                denial.limit().orElse(null),
                denial.used().orElse(null),
                denial.resetsAt().orElse(null));
    }

    private static Line line(UsageEvent.Line line) {
        return new Line(
                line.operation().value(),
                line.quantity().value(),
                line.credits().value(),
                line.quota().map(Told::quota).orElse(null));
    }

    private static String quota(QuotaUse use) {
        return quota(
                use.feature().value(),
                use.used().value(),
                use.limit().map(limit -> limit.value()).orElse(null),
                use.above().value(),
                use.period().start(),
                use.period().end().orElse(null));
    }

    private static String words(List<ModelCredits.Draw> draws) {
        return draws.stream()
                .map(draw -> draw.grant() + " by " + plain(draw.amount()) + " to " + plain(draw.after()))
                .collect(Collectors.joining(", ", "[", "]"));
    }

    static String plain(BigDecimal value) {
        return Optional.of(value)
                .filter(figure -> figure.signum() != 0)
                .map(figure -> figure.stripTrailingZeros().toPlainString())
                .orElse("0");
    }
}
