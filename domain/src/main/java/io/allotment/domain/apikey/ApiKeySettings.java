package io.allotment.domain.apikey;

import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.IpRange;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.Text;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What of a key can be changed.
 *
 * @param name what people call it; 1 to 100 characters
 * @param description at most 2,000 characters
 * @param scopes what it may at the most; at most 100
 * @param ipAllowList where it is taken from; from everywhere where this is empty; at most 100
 * @param requestsPerMinute how often it is taken; 1 to 1,000,000
 */
public record ApiKeySettings(
        String name,
        Optional<String> description,
        Set<PermissionKey> scopes,
        List<IpRange> ipAllowList,
        Optional<Integer> requestsPerMinute) {

    private static final int MAX_SCOPES = 100;
    private static final int MAX_RANGES = 100;
    private static final int MAX_RATE = 1_000_000;

    public ApiKeySettings {
        name = Text.name("name", name, 100);
        description = description.map(text -> Text.prose("description", text, 2_000));
        scopes = Set.copyOf(scopes);
        if (scopes.size() > MAX_SCOPES) {
            throw new InvalidValue("scopes", "must be at most " + MAX_SCOPES);
        }
        ipAllowList = List.copyOf(ipAllowList);
        if (ipAllowList.size() > MAX_RANGES) {
            throw new InvalidValue("ipAllowList", "must be at most " + MAX_RANGES);
        }
        if (requestsPerMinute.filter(rate -> rate < 1 || rate > MAX_RATE).isPresent()) {
            throw new InvalidValue("requestsPerMinute", "must be from 1 to " + MAX_RATE);
        }
    }

    /** A name and scopes, and nothing else. */
    public static ApiKeySettings of(String name, Set<PermissionKey> scopes) {
        return new ApiKeySettings(name, Optional.empty(), scopes, List.of(), Optional.empty());
    }
}
