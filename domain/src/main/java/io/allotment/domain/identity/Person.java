package io.allotment.domain.identity;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.UserId;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Somebody by all that they are known by.
 *
 * @param addresses the present one and earlier ones; none where neither is known
 */
public record Person(UserId id, Set<Email> addresses) {

    public Person {
        requireNonNull(id, "id");
        addresses = Set.copyOf(addresses);
    }

    /** What texts may call them: their id and their addresses. */
    public Set<String> names() {
        var names = new HashSet<String>(addressTexts());
        names.add(id.toString());
        return names;
    }

    /** The addresses as text, in lower case as all are. */
    public List<String> addressTexts() {
        return addresses.stream().map(Email::value).sorted().toList();
    }
}
