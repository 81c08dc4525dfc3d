package io.allotment.domain.shared;

import java.util.UUID;

/**
 * A typed id: a UUIDv7 made by the application ({@link Ids}), so ids of one kind sort by the time they were made. One
 * kind never passes for another.
 */
public sealed interface Id
        permits TenantId,
                UserId,
                ApiKeyId,
                TeamId,
                InvitationId,
                SessionId,
                AccountId,
                SubscriptionId,
                PlanVersionId,
                GrantId,
                DecisionId,
                ReservationId,
                QuotaChangeId,
                ModelPriceId,
                PurchaseId,
                BillingOrderId,
                CheckoutId,
                InvoiceId,
                MeteredReportId,
                RefundId {

    UUID value();

    /** Reads a UUID strictly: {@link UUID#fromString} alone also takes shortened forms such as {@code 1-1-1-1-1}. */
    static UUID parse(String field, String text) {
        try {
            if (text != null) {
                var uuid = UUID.fromString(text);
                if (uuid.toString().equalsIgnoreCase(text)) {
                    return uuid;
                }
            }
        } catch (IllegalArgumentException notAUuid) {
            // said below, in our words
        }
        throw new InvalidValue(field, "is not a UUID; expected the form 01890a5d-ac96-774b-bcce-b302099a8057");
    }
}
