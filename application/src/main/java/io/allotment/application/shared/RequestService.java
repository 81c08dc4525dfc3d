package io.allotment.application.shared;

import io.allotment.application.access.Acting;
import io.allotment.domain.Persistence;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.IdempotencyKeyReused;
import io.allotment.domain.shared.NotFound;
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
                if (!earlier.get().fingerprint().equals(fingerprint)) {
                    throw new IdempotencyKeyReused(key);
                }
                return new Answer(earlier.get().answer(), true);
            }
            var answer = work.get();
            persistence.requests().answer(tenant, key, answer);
            return new Answer(answer, false);
        };
        var units = persistence.unitOfWork();
        return acting.enclosingChanges(
                tenant,
                () -> tenant.isEmpty()
                        ? units.forPlatform(unit)
                        : units.forTenant(tenant.get(), () -> {
                            if (persistence.tenants().find(tenant.get()).isEmpty()) {
                                throw new NotFound("tenant", tenant.get());
                            }
                            return unit.get();
                        }));
    }
}
