package io.allotment.application.shared;

import io.allotment.application.access.Acting;
import io.allotment.domain.Persistence;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.IdempotencyKeyReused;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Requests;
import io.allotment.domain.shared.TenantId;
import java.util.Optional;
import java.util.function.Supplier;

/** Makes any changing request idempotent: its answer is kept in the transaction of the change itself. */
public final class RequestService {

    private final Persistence persistence;
    private final Moments moments;
    private final Acting acting;

    public RequestService(Persistence persistence, Moments moments, Acting acting) {
        this.persistence = persistence;
        this.moments = moments;
        this.acting = acting;
    }

    /**
     * An answer.
     *
     * @param replayed whether it was given before, and nothing happened now
     */
    public record Answer(String text, boolean replayed) {}

    /**
     * Does the work once for the key; later calls get its answer, word for word. Work that throws leaves no trace, so that
     * it can be repeated under its key. Keys are scoped to the tenant, those of the platform's own requests to the
     * platform.
     *
     * <p>Refuses who does not belong to the tenant, before anything is answered.
     *
     * @param tenant whose unit of work the work runs in; empty for the platform's
     * @param fingerprint what the request says; another one under the same key is refused ({@link IdempotencyKeyReused})
     */
    public Answer once(Optional<TenantId> tenant, IdempotencyKey key, String fingerprint, Supplier<String> work) {
        tenant.ifPresentOrElse(acting::requireMember, acting::requireOperator);
        Supplier<Answer> unit = () -> {
            var earlier = persistence.requests().claim(tenant, key, fingerprint, moments.now());
            if (earlier.isPresent()) {
                return replayed(earlier.get(), key, fingerprint);
            }
            var answer = work.get();
            persistence.requests().answer(tenant, key, answer);
            return new Answer(answer, false);
        };
        return acting.enclosingChanges(
                tenant,
                () -> within(tenant, () -> {
                    if (tenant.isPresent()
                            && persistence.tenants().find(tenant.get()).isEmpty()) {
                        throw new NotFound("tenant", tenant.get());
                    }
                    return unit.get();
                }));
    }

    /**
     * What {@link #once} has answered for the key; empty while it has not. For work that has to ask far away before its transaction: what was done needs not to be
     * asked for again. Refuses what {@code once} refuses.
     */
    public Optional<Answer> answered(Optional<TenantId> tenant, IdempotencyKey key, String fingerprint) {
        tenant.ifPresentOrElse(acting::requireMember, acting::requireOperator);
        return within(tenant, () -> persistence.requests().find(tenant, key))
                .map(earlier -> replayed(earlier, key, fingerprint));
    }

    private <T> T within(Optional<TenantId> tenant, Supplier<T> unit) {
        var units = persistence.unitOfWork();
        return tenant.isPresent() ? units.forTenant(tenant.get(), unit) : units.forPlatform(unit);
    }

    private static Answer replayed(Requests.Answered earlier, IdempotencyKey key, String fingerprint) {
        if (!earlier.fingerprint().equals(fingerprint)) {
            throw new IdempotencyKeyReused(key);
        }
        return new Answer(earlier.answer(), true);
    }
}
