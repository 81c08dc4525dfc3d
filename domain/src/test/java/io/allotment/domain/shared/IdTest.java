package io.allotment.domain.shared;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class IdTest {

    private static final String TEXT = "01890a5d-ac96-774b-bcce-b302099a8057";

    static Stream<Arguments> ids() {
        return Stream.of(
                id("tenantId", TenantId::of),
                id("userId", UserId::of),
                id("apiKeyId", ApiKeyId::of),
                id("teamId", TeamId::of),
                id("invitationId", InvitationId::of),
                id("sessionId", SessionId::of),
                id("accountId", AccountId::of),
                id("subscriptionId", SubscriptionId::of),
                id("planVersionId", PlanVersionId::of),
                id("grantId", GrantId::of),
                id("decisionId", DecisionId::of),
                id("reservationId", ReservationId::of),
                id("quotaChangeId", QuotaChangeId::of),
                id("modelPriceId", ModelPriceId::of),
                id("purchaseId", PurchaseId::of),
                id("checkoutId", CheckoutId::of),
                id("invoiceId", InvoiceId::of),
                id("refundId", RefundId::of),
                id("billingOrderId", BillingOrderId::of),
                id("meteredReportId", MeteredReportId::of));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ids")
    void an_id_is_read_in_the_usual_form_and_in_no_other(String field, Function<String, Id> id) {
        assertThat(id.apply(TEXT)).hasToString(TEXT);
        assertThat(id.apply(TEXT.toUpperCase(Locale.ROOT))).hasToString(TEXT);
        for (var text : new String[] {
            null, "", "x", "1-1-1-1-1", TEXT + "0", " " + TEXT, "{" + TEXT + "}", TEXT.replace("-", "")
        }) {
            assertThatThrownBy(() -> id.apply(text))
                    .isInstanceOfSatisfying(
                            InvalidValue.class,
                            refusal -> assertThat(refusal.field()).contains(field));
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ids")
    void an_id_of_one_kind_is_none_of_another(String field, Function<String, Id> id) {
        assertThat(ids().map(row -> row.get()[1]).filter(other -> id.apply(TEXT).equals(apply(other))))
                .hasSize(1);
    }

    @Test
    void every_kind_is_in_the_list() {
        assertThat(ids()).hasSize(Id.class.getPermittedSubclasses().length);
    }

    @SuppressWarnings("unchecked")
    private static Id apply(Object id) {
        return ((Function<String, Id>) id).apply(TEXT);
    }

    private static Arguments id(String field, Function<String, Id> id) {
        return Arguments.of(field, id);
    }
}
