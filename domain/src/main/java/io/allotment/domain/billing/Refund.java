package io.allotment.domain.billing;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.InvoiceId;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.RefundId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Text;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Money of a payment that went back, or is disputed, and what came of it here.
 *
 * @param gatewayId what the gateway calls it
 * @param paymentId the payment it is of
 * @param invoice what was paid for with it; empty until that is known
 * @param asOf when it stood so
 * @param taken credits that were taken back for it; empty where none were, or they were restored
 * @param attempts how often its credits were taken or restored: each time is an entry of its own
 */
public record Refund(
        TenantId tenantId,
        RefundId id,
        AccountId accountId,
        String gateway,
        String gatewayId,
        String paymentId,
        Optional<InvoiceId> invoice,
        Money amount,
        Status status,
        Optional<String> reason,
        Instant asOf,
        Optional<Credits> taken,
        int attempts,
        Instant createdAt) {

    /** Who has the money go. */
    public enum Kind {
        /** Whoever took it pays it back. */
        REFUND,
        /** The payer's bank takes it. */
        DISPUTE
    }

    /** How it stands. */
    public enum Status {
        /** Under way. */
        PENDING(Kind.REFUND, true, false),
        SUCCEEDED(Kind.REFUND, true, false),
        /** It did not arrive: the money is here. */
        FAILED(Kind.REFUND, false, true),
        CANCELED(Kind.REFUND, false, true),
        /** A bank asks about the payment; no money has moved. */
        INQUIRY(Kind.DISPUTE, false, false),
        /** A bank has taken the money until it is decided. */
        DISPUTED(Kind.DISPUTE, true, false),
        /** Decided for us: the money is back. */
        WON(Kind.DISPUTE, false, true),
        LOST(Kind.DISPUTE, true, true);

        private final Kind kind;
        private final boolean takes;
        private final boolean isFinal;

        Status(Kind kind, boolean takes, boolean isFinal) {
            this.kind = kind;
            this.takes = takes;
            this.isFinal = isFinal;
        }

        /** Of which kind the money is that stands so. */
        public Kind kind() {
            return kind;
        }

        /** Whether the money is gone, and with it what it paid for. */
        public boolean takes() {
            return takes;
        }

        /** Whether it stays so. */
        public boolean isFinal() {
            return isFinal;
        }
    }

    public Refund {
        requireNonNull(tenantId, "tenantId");
        requireNonNull(id, "id");
        requireNonNull(accountId, "accountId");
        gateway = Text.key("gateway", gateway);
        gatewayId = Text.name("gatewayId", gatewayId, 255);
        paymentId = Text.name("paymentId", paymentId, 255);
        requireNonNull(invoice, "invoice");
        requireNonNull(amount, "amount");
        requireNonNull(status, "status");
        reason = reason.map(text -> Text.prose("reason", text, 500));
        requireNonNull(asOf, "asOf");
        requireNonNull(taken, "taken");
        requireNonNull(createdAt, "createdAt");
    }

    /** What is said of money that goes back, or is disputed, in our words. */
    public static Refund of(
            GatewayReversal told, TenantId tenant, RefundId id, AccountId account, String gateway, Instant now) {
        return new Refund(
                tenant,
                id,
                account,
                gateway,
                told.id(),
                told.paymentId(),
                Optional.empty(),
                told.amount(),
                told.standing(),
                told.reason(),
                told.asOf(),
                Optional.empty(),
                0,
                now);
    }

    /** Told anew: with what came of it so far. */
    public Refund as(Refund told) {
        return new Refund(
                tenantId,
                id,
                accountId,
                gateway,
                gatewayId,
                told.paymentId,
                invoice,
                told.amount,
                told.status,
                told.reason.or(() -> reason),
                told.asOf,
                taken,
                attempts,
                createdAt);
    }

    /** What of the money is gone, of one payment's. */
    public static long standing(List<Refund> refunds) {
        return refunds.stream()
                .filter(refund -> refund.status.takes())
                .mapToLong(refund -> refund.amount.amountMinor())
                .sum();
    }

    public Kind kind() {
        return status.kind();
    }

    /** Whether its credits are still to be taken back. */
    public boolean isToTake() {
        return status.takes() && taken.isEmpty();
    }

    /** Whether its credits are still to be restored. */
    public boolean isToRestore() {
        return !status.takes() && taken.isPresent();
    }

    /** The part of the credits that goes back with its part of the money; all of them with all of it. */
    public Credits share(Credits credits, long paidMinor) {
        if (paidMinor <= amount.amountMinor()) {
            return credits;
        }
        return credits.share(amount.amountMinor(), paidMinor);
    }

    /** Of what was paid for with its payment. */
    public Refund of(InvoiceId paid) {
        return changed(Optional.of(paid), taken, attempts);
    }

    public Refund taking(Credits credits) {
        return changed(invoice, Optional.of(credits), attempts + 1);
    }

    public Refund restored() {
        return changed(invoice, Optional.empty(), attempts + 1);
    }

    /** Under what the entry stands that took its credits. */
    public IdempotencyKey takenKey() {
        return key(attempts);
    }

    /** Under what the next entry will stand, that takes or restores them. */
    public IdempotencyKey nextKey() {
        return key(attempts + 1);
    }

    private IdempotencyKey key(int attempt) {
        return new IdempotencyKey("refund-" + id + "-" + attempt);
    }

    private Refund changed(Optional<InvoiceId> paid, Optional<Credits> credits, int times) {
        return new Refund(
                tenantId, id, accountId, gateway, gatewayId, paymentId, paid, amount, status, reason, asOf, credits,
                times, createdAt);
    }
}
