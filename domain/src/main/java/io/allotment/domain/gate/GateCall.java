package io.allotment.domain.gate;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.subscription.BillingAccount;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * One request to the gate.
 *
 * @param id the decision's, should there be a new one
 * @param key required for all verbs but {@code CHECK}, which takes none
 */
public record GateCall(DecisionId id, Verb verb, TenantId tenantId, Optional<IdempotencyKey> key, Charge charge) {

    public GateCall {
        requireNonNull(id, "id");
        requireNonNull(verb, "verb");
        requireNonNull(tenantId, "tenantId");
        requireNonNull(key, "key");
        requireNonNull(charge, "charge");
        if ((verb == Verb.CHECK) == key.isPresent()) {
            throw new IllegalArgumentException("CHECK takes no idempotency key, the other verbs need one");
        }
    }

    /** Whose accounts may pay, best first: the one that is named, else the member's, else the tenant's. */
    public List<AccountId> payers() {
        if (charge.account().isPresent()) {
            return List.of(charge.account().get());
        }
        var tenant = BillingAccount.idOf(tenantId);
        return charge.actor() instanceof Actor.User user
                ? List.of(BillingAccount.idOf(user.id()), tenant)
                : List.of(tenant);
    }

    /** SHA-256 in hex over what makes the request this one: verb, account, actor, lines, model and tokens. */
    public String fingerprint() {
        var text = new StringBuilder(200)
                .append(verb)
                .append('\n')
                .append(charge.account().map(AccountId::toString).orElse(""))
                .append('\n')
                .append(charge.actor() instanceof Actor.User user ? user.id() : "system");
        charge.lines()
                .forEach(line ->
                        text.append('\n').append(line.operation()).append(' ').append(line.quantity()));
        text.append("\nmodel ").append(charge.model().orElse(""));
        charge.tokens()
                .byClass()
                .forEach((tokenClass, count) ->
                        text.append('\n').append(tokenClass).append(' ').append(count));
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(digest.digest(text.toString().getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException everyJvmHasIt) {
            throw new IllegalStateException(everyJvmHasIt);
        }
    }
}
