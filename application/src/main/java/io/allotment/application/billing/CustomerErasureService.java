package io.allotment.application.billing;

import io.allotment.application.access.Acting;
import io.allotment.application.job.Portion;
import io.allotment.application.shared.Moments;
import io.allotment.domain.Persistence;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.audit.AuditValues;
import io.allotment.domain.billing.BillingGateway;
import io.allotment.domain.billing.CustomerErasure;
import io.allotment.domain.billing.GatewayAway;
import io.allotment.domain.billing.PaymentGateway;
import io.allotment.domain.job.JobName;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has the gateway forget who its customers are that were erased here. Erasing orders it and waits for nobody. Thread-safe. */
public final class CustomerErasureService {

    public static final JobName JOB = new JobName("erase-customers");

    private static final Logger LOG = LoggerFactory.getLogger(CustomerErasureService.class);

    private static final int BATCH = 100;

    private final Persistence persistence;
    private final Customers customers;
    private final Moments moments;
    private final Acting acting;

    public CustomerErasureService(Persistence persistence, PaymentGateway gateway, Moments moments, Acting acting) {
        this.persistence = persistence;
        this.customers = new Customers(persistence, gateway, moments);
        this.moments = moments;
        this.acting = acting;
    }

    /**
     * Does what is ordered and due. What the gateway does not do is asked for again, as long as it takes, with pauses up to an hour. For operators. Does nothing where no
     * gateway bills.
     */
    public Portion eraseDue() {
        acting.requireOperator();
        var bills = customers.billing();
        if (bills.isEmpty()) {
            return Portion.all(0);
        }
        var gateway = bills.get();
        var due = persistence
                .unitOfWork()
                .forPlatform(() -> persistence.customerErasures().due(gateway.name(), moments.now(), BATCH));
        int done = 0;
        int failed = 0;
        for (var order : due) {
            try {
                erase(gateway, order);
                done++;
            } catch (GatewayAway away) {
                note(order, away.getMessage());
                return new Portion(done, failed + 1, false);
            } catch (RuntimeException failure) {
                // With its trace once: it is tried without end.
                LOG.warn(
                        "The customer {} of {} is not erased yet: {}",
                        order.customerId(),
                        order.gateway(),
                        failure.toString(),
                        order.attempts() == 0 ? failure : null);
                note(order, failure.toString());
                failed++;
            }
        }
        return new Portion(done, failed, due.size() >= BATCH && done > 0);
    }

    /** What is ordered and not done, of all gateways, by gateway and customer. */
    public Page<CustomerErasure> list(PageRequest page) {
        acting.requireReadsAll();
        return persistence
                .unitOfWork()
                .forPlatform(() -> persistence.customerErasures().list(page));
    }

    /** The gateway is not asked any more; who the customer is stays known there, unless somebody sees to it there. Refuses what is not ordered ({@link NotFound}). */
    public void forget(String gateway, String customerId) {
        acting.requireOperator();
        persistence.unitOfWork().forPlatform(() -> {
            var order = persistence
                    .customerErasures()
                    .find(gateway, customerId)
                    .orElseThrow(() -> new NotFound("customer erasure", customerId));
            persistence.customerErasures().remove(order);
            acting.record(AuditEvent.of("customer-erasure.forgotten", "customer", customerId)
                    .from(AuditValues.of("gateway", gateway)
                            .and("attempts", order.attempts())
                            .map()));
        });
    }

    private void erase(BillingGateway gateway, CustomerErasure order) {
        gateway.eraseCustomer(order.customerId());
        persistence.unitOfWork().forPlatform(() -> {
            if (persistence.customerErasures().remove(order)) {
                acting.record(AuditEvent.of("customer.erased", "customer", order.customerId())
                        .to(AuditValues.of("gateway", order.gateway()).map()));
            }
        });
    }

    private void note(CustomerErasure order, String why) {
        persistence
                .unitOfWork()
                .forPlatform(() -> persistence.customerErasures().update(order.failed(why, moments.now())));
    }
}
