package io.allotment.application.billing;

import io.allotment.application.access.Acting;
import io.allotment.domain.Persistence;
import io.allotment.domain.billing.MeteredReport;
import io.allotment.domain.billing.PaymentEvent;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What gateways do not bill of what they had taken. */
final class UsageRejections {

    private static final Logger LOG = LoggerFactory.getLogger(UsageRejections.class);

    private final Persistence persistence;
    private final ReportOutcomes outcomes;

    UsageRejections(Persistence persistence, Acting acting) {
        this.persistence = persistence;
        this.outcomes = new ReportOutcomes(persistence, acting);
    }

    /**
     * Writes down that the reports it names do not count; the same again changes nothing.
     *
     * @return what somebody has to look at: reports that it does not name, or that are not known here
     */
    Optional<String> apply(String gateway, PaymentEvent.UsageRejected rejected) {
        LOG.warn(
                "The gateway {} does not bill {} reports of the meter {}: {}",
                gateway,
                rejected.count(),
                rejected.meter().orElse("(unnamed)"),
                rejected.reason());
        long known = rejected.identifiers().stream()
                .distinct()
                .filter(identifier -> reject(gateway, identifier, rejected.reason()))
                .count();
        return known >= rejected.count()
                ? Optional.empty()
                : Optional.of("Usage of the meter " + rejected.meter().orElse("(unnamed)") + " is not billed: "
                        + rejected.reason() + ". Of " + rejected.count() + " reports " + known
                        + " are named and known here; the gateway's own pages tell more of the others.");
    }

    private boolean reject(String gateway, String identifier, String reason) {
        var named = persistence
                .unitOfWork()
                .forPlatform(() -> persistence.meteredReports().findIdentified(gateway, identifier));
        named.ifPresent(report -> persistence.unitOfWork().forTenant(report.tenantId(), () -> {
            persistence
                    .meteredReports()
                    .lock(report.tenantId(), report.id())
                    .filter(now ->
                            now.identifier().equals(identifier) && now.status() != MeteredReport.Status.TAKEN_BACK)
                    .ifPresent(now -> outcomes.write(now, now.rejected(reason)));
        }));
        return named.isPresent();
    }
}
