package io.allotment.domain.billing;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.TenantId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * One thing that is otherwise here than at the gateway.
 *
 * @param kind of which object
 * @param id what the gateway calls it
 * @param what is otherwise, such as {@code quantity}
 * @param here as it is known; empty text where nothing is
 * @param there as it is when the gateway is followed
 * @param stands whether following does not change it: somebody has to look
 */
public record Drift(
        GatewayObject.Kind kind,
        String id,
        TenantId tenantId,
        AccountId accountId,
        String what,
        String here,
        String there,
        boolean stands) {

    public Drift {
        requireNonNull(kind, "kind");
        requireNonNull(id, "id");
        requireNonNull(tenantId, "tenantId");
        requireNonNull(accountId, "accountId");
        requireNonNull(what, "what");
        requireNonNull(here, "here");
        requireNonNull(there, "there");
    }

    /** Each thing that following changes, by its name. */
    public static List<Drift> followed(
            GatewayObject object, GatewayName name, Map<String, String> here, Map<String, String> there) {
        return between(object, name, here, there, false);
    }

    /** Each thing that is otherwise and stays so, by its name. */
    public static List<Drift> standing(
            GatewayObject object, GatewayName name, Map<String, String> here, Map<String, String> there) {
        return between(object, name, here, there, true);
    }

    private static List<Drift> between(
            GatewayObject object,
            GatewayName name,
            Map<String, String> here,
            Map<String, String> there,
            boolean stands) {
        var names = new TreeSet<>(here.keySet());
        names.addAll(there.keySet());
        var drifts = new ArrayList<Drift>();
        for (var what : names) {
            var known = here.getOrDefault(what, "");
            var present = there.getOrDefault(what, "");
            if (!known.equals(present)) {
                drifts.add(new Drift(
                        object.kind(), object.id(), name.tenantId(), name.accountId(), what, known, present, stands));
            }
        }
        return drifts;
    }
}
