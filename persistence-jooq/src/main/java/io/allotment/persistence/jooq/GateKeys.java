package io.allotment.persistence.jooq;

import io.allotment.domain.credit.SpendLimit;
import io.allotment.domain.gate.GateCall;
import io.allotment.domain.gate.GateRequest;
import io.allotment.domain.gate.GateState;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.TenantId;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** What the calls of a batch name, each once. */
final class GateKeys {

    /** Whose accounts may pay: the first that exists, else the other, where there is one. */
    record Payers(UUID tenant, UUID first, UUID otherwise) {}

    /** Something that may hold allocated features. */
    record Entity(UUID tenant, RelatedEntity entity) {}

    /** Somebody whose spending may be limited. */
    record Spender(UUID tenant, SpendLimit.Spender spender) {}

    final Set<UUID> tenants = new LinkedHashSet<>();
    final Set<GateState.KeyRef> idempotencyKeys = new LinkedHashSet<>();
    final Set<Payers> payers = new LinkedHashSet<>();
    final Keys accounts = new Keys();
    final Keys members = new Keys();
    final Set<Spender> spenders = new LinkedHashSet<>();
    final Set<Entity> entities = new LinkedHashSet<>();
    final Keys reservations = new Keys();
    final Keys refunds = new Keys();
    private boolean choices;

    GateKeys(List<GateCall> calls) {
        for (var call : calls) {
            var tenant = call.tenantId();
            tenants.add(tenant.value());
            call.key().ifPresent(key -> idempotencyKeys.add(new GateState.KeyRef(tenant, key)));
            pays(call);
            call.actor().ifPresent(actor -> acts(tenant, actor));
            if (call.request() instanceof GateRequest.OfReservation of) {
                reservations.add(tenant, of.reservation());
            } else if (call.request() instanceof GateRequest.Refund refund) {
                refunds.add(tenant, refund.decision());
            }
            entity(call.request()).ifPresent(entity -> entities.add(new Entity(tenant.value(), entity)));
        }
    }

    private void pays(GateCall call) {
        var candidates = call.payers();
        if (candidates.isEmpty()) {
            return;
        }
        candidates.forEach(account -> accounts.add(call.tenantId(), account));
        boolean choice = candidates.size() > 1;
        choices |= choice;
        payers.add(new Payers(
                call.tenantId().value(),
                candidates.get(0).value(),
                choice ? candidates.get(1).value() : null));
    }

    private void acts(TenantId tenant, Actor actor) {
        actor.member().ifPresent(member -> members.add(tenant, member));
        for (var spender : SpendLimit.Spender.of(actor)) {
            spenders.add(new Spender(tenant.value(), spender));
        }
    }

    /** Reserving takes no allocated feature. */
    private static Optional<RelatedEntity> entity(GateRequest request) {
        if (request instanceof GateRequest.Deallocate deallocate) {
            return Optional.of(deallocate.relatedTo());
        }
        return request instanceof GateRequest.OfCharge of && !(request instanceof GateRequest.Reserve)
                ? of.charge().relatedTo()
                : Optional.empty();
    }

    /** Whether the database has to tell who pays. */
    boolean hasOpenAccounts() {
        return choices || !reservations.isEmpty() || !refunds.isEmpty();
    }

    /** Whether somebody may be limited in what he spends. */
    boolean hasSpenders() {
        return !spenders.isEmpty() || !reservations.isEmpty() || !refunds.isEmpty();
    }

    boolean hasEntities() {
        return !entities.isEmpty() || !refunds.isEmpty();
    }

    /** One array for each field of the payers. */
    Object[] payerColumns() {
        var rows = new Rows<>(new ArrayList<>(payers));
        return new Object[] {
            rows.column(UUID.class, Payers::tenant),
            rows.column(UUID.class, Payers::first),
            rows.column(UUID.class, Payers::otherwise)
        };
    }
}
