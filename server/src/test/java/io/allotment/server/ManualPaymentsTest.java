package io.allotment.server;

import io.allotment.application.billing.ManualPayments;
import io.allotment.domain.billing.PaymentGateway;
import io.allotment.testkit.gateway.PaymentGatewayContract;

class ManualPaymentsTest extends PaymentGatewayContract {

    private final ManualPayments byHand = new ManualPayments();

    @Override
    protected PaymentGateway gateway() {
        return byHand;
    }
}
