package io.allotment.stripe;

import com.stripe.net.Webhook;
import io.allotment.domain.billing.BillingGateway;
import io.allotment.testkit.gateway.DeliveriesContract;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Instant;

/** As Stripe's own library signs them. */
class StripeDeliveriesTest extends DeliveriesContract {

    private static final String SECRET = "whsec_1";

    private final StripePayments stripe =
            StripePayments.of(StripePayments.Settings.of("sk_test_1", SECRET), Clock.systemUTC());

    @Override
    protected BillingGateway gateway() {
        return stripe;
    }

    @Override
    protected Posted posted() {
        var body = Samples.event("refund.created", Samples.REFUND);
        var at = Instant.ofEpochSecond(1_795_000_200);
        try {
            var signature = Webhook.Signature.generateSignatureHeader(body, SECRET, at.getEpochSecond());
            return new Posted(body.getBytes(StandardCharsets.UTF_8), signature, at);
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
