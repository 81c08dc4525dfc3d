package io.allotment.application.billing;

import io.allotment.application.access.Acting;
import io.allotment.application.job.Portion;
import io.allotment.application.shared.Moments;
import io.allotment.domain.Persistence;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.billing.BillingGateway;
import io.allotment.domain.billing.GatewayObject;
import io.allotment.domain.billing.MeteredReport;
import io.allotment.domain.billing.PaymentGateway;
import io.allotment.domain.billing.ReportStands;
import io.allotment.domain.job.JobName;
import io.allotment.domain.shared.Ids;
import io.allotment.domain.shared.MeteredReportId;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.Refusal;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unavailable;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the gateway that bills of what was used above quotas, each once; and what came of it. Nothing is lost while the gateway is away. Thread-safe.
 */
public final class MeteringService {

    public static final JobName JOB = new JobName("metering");

    private static final Logger LOG = LoggerFactory.getLogger(MeteringService.class);

    /** So many uses are made reports of in one unit of work. */
    private static final int USES = 100;

    /** So many units and reports in one go. */
    private static final int BATCH = 100;

    private static final Duration MINUTE = Duration.ofMinutes(1);

    private static final String NOBODYS = "nobodys";

    private final Persistence persistence;
    private final Customers customers;
    private final Ids ids;
    private final Moments moments;
    private final Acting acting;
    private final ReportOutcomes outcomes;

    public MeteringService(Persistence persistence, PaymentGateway gateway, Ids ids, Moments moments, Acting acting) {
        this.persistence = persistence;
        this.customers = new Customers(persistence, gateway, moments);
        this.ids = ids;
        this.moments = moments;
        this.acting = acting;
        this.outcomes = new ReportOutcomes(persistence, acting);
    }

    /** Makes reports of what was used, and sends what is due; for whoever runs the process. */
    public Portion report() {
        int made = 0;
        boolean more = true;
        for (int i = 0; more && i < BATCH; i++) {
            int some = persistence.unitOfWork().forPlatform(this::makeSome);
            made += some;
            more = some == USES;
        }
        var sent = customers.billing().map(this::send).orElse(Portion.all(0));
        return new Portion(made + sent.done(), sent.failed(), more || sent.more());
    }

    /** Uses and reports change together: each use is in one of them at any time. */
    private int makeSome() {
        var reports = persistence.meteredReports();
        var uses = persistence.meteredUses().take(USES);
        for (var part : MeteredReport.parts(uses)) {
            var before = reports.total(part.tenantId(), part.subject());
            reports.insert(MeteredReport.of(part, before, new MeteredReportId(ids.next()), moments.now()));
        }
        return uses.size();
    }

    /**
     * One after the other, and those first whose outcome is not known. While the gateway is away nothing else is begun: what was begun cannot be sent again
     * after a day.
     */
    private Portion send(BillingGateway gateway) {
        boolean unanswered = persistence
                .unitOfWork()
                .forPlatform(() -> persistence.meteredReports().hasUnanswered(gateway.name()));
        if (unanswered && !answers(gateway)) {
            return Portion.all(0);
        }
        int done = 0;
        int failed = 0;
        for (int i = 0; i < BATCH; i++) {
            var claimed = persistence.unitOfWork().forPlatform(() -> claim(gateway.name()));
            if (claimed.isEmpty()) {
                return new Portion(done, failed, false);
            }
            var report = claimed.get();
            if (report.status() == MeteredReport.Status.REJECTED) {
                failed++;
                continue;
            }
            try {
                if (report.isRepeatable(moments.now())) {
                    tell(gateway, report);
                } else {
                    clear(gateway, report);
                }
                done++;
            } catch (RuntimeException failure) {
                failed++;
                settle(report, now -> now.failed(failure.toString(), moments.now()));
                LOG.warn("What came of the report {} to {} is not known", report.identifier(), gateway.name(), failure);
                if (!answers(gateway)) {
                    return new Portion(done, failed, false);
                }
            }
        }
        return new Portion(done, failed, done > 0);
    }

    /** Written before it is sent: whoever is killed meanwhile leaves one that may have arrived, and not one that never was begun. */
    private Optional<MeteredReport> claim(String gateway) {
        var reports = persistence.meteredReports();
        return reports.lockDue(gateway, moments.now()).map(due -> {
            var customer = due.customerId()
                    .or(() -> persistence.gatewayDirectory().findCustomer(due.tenantId(), due.accountId(), gateway));
            var claimed = customer.map(known -> due.of(known).sending(moments.now()))
                    .orElseGet(() -> due.rejected("The account is no customer of " + gateway + " any more."));
            outcomes.write(due, claimed);
            return claimed;
        });
    }

    private void tell(BillingGateway gateway, MeteredReport report) {
        try {
            gateway.report(new BillingGateway.MeteredUsage(
                    report.feature().value(),
                    report.customerId().orElseThrow(),
                    report.units(),
                    report.identifier(),
                    report.at()));
            settle(report, now -> now.sent(moments.now()));
        } catch (Refusal refused) {
            if (refused.kind() == Refusal.Kind.UNAVAILABLE) {
                throw refused;
            }
            LOG.warn("{} does not take the report {}: {}", gateway.name(), report.identifier(), refused.getMessage());
            settle(report, now -> now.rejected(refused.getMessage()));
        }
    }

    /** It is too late to send it again: the gateway says what it counts, or nobody can tell. */
    private void clear(BillingGateway gateway, MeteredReport report) {
        var from = report.at().truncatedTo(ChronoUnit.MINUTES);
        var counts = gateway.countedUsage(
                report.feature().value(), report.customerId().orElseThrow(), Period.between(from, from.plus(MINUTE)));
        settle(report, now -> now.cleared(known(now, from), counts, moments.now()));
    }

    private BigDecimal known(MeteredReport report, Instant from) {
        return persistence
                .meteredReports()
                .sumSent(
                        report.tenantId(),
                        report.gateway(),
                        report.customerId().orElseThrow(),
                        report.feature(),
                        from,
                        from.plus(MINUTE));
    }

    /** Where meanwhile somebody else has said what came of it, that stands. */
    private void settle(MeteredReport sent, UnaryOperator<MeteredReport> change) {
        persistence.unitOfWork().forTenant(sent.tenantId(), () -> {
            persistence
                    .meteredReports()
                    .lock(sent.tenantId(), sent.id())
                    .filter(now -> now.status() == MeteredReport.Status.WAITING
                            && now.identifier().equals(sent.identifier()))
                    .ifPresent(now -> outcomes.write(now, change.apply(now)));
        });
    }

    /** Whether it is there at all: any answer will do, and it knows no subscription of this name. */
    private static boolean answers(BillingGateway gateway) {
        try {
            gateway.fetch(GatewayObject.Kind.SUBSCRIPTION, NOBODYS);
            return true;
        } catch (Unavailable away) {
            return false;
        }
    }

    /** What gateways were and are to be told, of all tenants, by how it stands; for operators and support. */
    public Page<MeteredReport> list(Optional<MeteredReport.Status> status, PageRequest page) {
        acting.requireReadsAll();
        return persistence
                .unitOfWork()
                .forPlatform(() -> persistence.meteredReports().list(status, page));
    }

    /** For operators and support. Refuses one that there is not ({@link NotFound}). */
    public MeteredReport get(TenantId tenant, MeteredReportId id) {
        acting.requireMember(tenant);
        acting.requireReadsAll();
        return persistence
                .unitOfWork()
                .forTenant(tenant, () -> persistence.meteredReports().find(tenant, id))
                .orElseThrow(() -> new NotFound("metered report", id));
    }

    /**
     * Has it sent under another identifier, after what was in the way was mended; of one that is unclear it says that the gateway does not count it. What
     * was corrected since, and not told as less, is left out. The operator's. Refuses what waits or was sent, and where nothing is left to tell
     * ({@link ReportStands}).
     */
    public MeteredReport retry(TenantId tenant, MeteredReportId id) {
        acting.requireOperator(tenant);
        return changed(tenant, id, "metered-report.retried", report -> {
            var reports = persistence.meteredReports();
            return report.again(
                    reports.total(tenant, report.subject()), reports.withheldSince(tenant, report), moments.now());
        });
    }

    /** Says that the gateway counts one that is unclear. The operator's. Refuses all others ({@link ReportStands}). */
    public MeteredReport counted(TenantId tenant, MeteredReportId id) {
        acting.requireOperator(tenant);
        return changed(tenant, id, "metered-report.counted", report -> report.counted(moments.now()));
    }

    /**
     * Has the gateway forget one that it took, such as of a test; what was used stays used. Take back or correct, not both: what is corrected in its
     * quota after it was taken back is not told as less. The operator's. Again, it changes nothing. Refuses what was not sent, what was corrected
     * before, and what it is too late for ({@link ReportStands}): gateways allow a day.
     */
    public MeteredReport takeBack(TenantId tenant, MeteredReportId id) {
        acting.requireOperator(tenant);
        var gateway = customers.requireBilling();
        var report = get(tenant, id);
        if (report.status() == MeteredReport.Status.TAKEN_BACK) {
            return report;
        }
        // Refused before anybody is asked.
        report.takenBack();
        report.requireUncorrected(persistence
                .unitOfWork()
                .forTenant(tenant, () -> persistence.meteredReports().total(tenant, report.subject())));
        if (!report.gateway().equals(gateway.name())
                || report.attempts() == 0
                || !gateway.takeBackReport(report.feature().value(), report.identifier())) {
            throw new ReportStands(
                    "The gateway does not take the report " + id
                            + " back any more: correct the quota by hand, while its period goes on, and the correction is reported.");
        }
        return changed(tenant, id, "metered-report.taken-back", MeteredReport::takenBack);
    }

    private MeteredReport changed(
            TenantId tenant, MeteredReportId id, String action, UnaryOperator<MeteredReport> change) {
        return persistence.unitOfWork().forTenant(tenant, () -> {
            var before =
                    persistence.meteredReports().lock(tenant, id).orElseThrow(() -> new NotFound("metered report", id));
            var after = change.apply(before);
            persistence.meteredReports().update(after);
            acting.record(
                    tenant,
                    AuditEvent.of(action, "metered-report", id)
                            .from(ReportOutcomes.values(before).map())
                            .to(ReportOutcomes.values(after).map()));
            return after;
        });
    }
}
