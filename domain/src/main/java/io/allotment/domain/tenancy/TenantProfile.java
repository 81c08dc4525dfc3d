package io.allotment.domain.tenancy;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.Slug;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Text;
import io.allotment.domain.shared.Times;
import java.time.ZoneId;
import java.util.Optional;

/**
 * What people see and change of a tenant.
 *
 * @param name 1 to 100 characters, unique across tenants
 * @param slug unique across tenants
 * @param website an http or https address of at most 500 characters
 * @param description at most 2,000 characters
 * @param timeZone where its calendar days and months begin: a region, not an offset
 */
public record TenantProfile(
        String name,
        Slug slug,
        Optional<String> website,
        Optional<String> description,
        ZoneId timeZone,
        Document metadata) {

    public TenantProfile {
        name = Text.name("name", name, 100);
        requireNonNull(slug, "slug");
        website = website.map(address -> Text.webAddress("website", address, 500));
        description = description.map(text -> Text.prose("description", text, 2_000));
        timeZone = Times.region("timeZone", timeZone);
        requireNonNull(metadata, "metadata");
    }

    /** A profile of the two things every tenant has; UTC, nothing else said. */
    public static TenantProfile of(String name, String slug) {
        return new TenantProfile(name, new Slug(slug), Optional.empty(), Optional.empty(), Times.UTC, Document.EMPTY);
    }

    /** Of a user's tenant of one: the end of its id makes the name unique. */
    public static TenantProfile personal(String displayName, TenantId id) {
        var end = id.toString().substring(24);
        int room = Math.min(displayName.length(), 100 - 1 - end.length());
        int cut = room > 0 && Character.isHighSurrogate(displayName.charAt(room - 1)) ? room - 1 : room;
        return of(displayName.substring(0, cut) + " " + end, "personal-" + id);
    }
}
