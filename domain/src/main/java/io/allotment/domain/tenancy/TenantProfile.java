package io.allotment.domain.tenancy;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Slug;
import io.allotment.domain.shared.Text;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.ZoneId;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

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

    public static final ZoneId UTC = ZoneId.of("UTC");

    /** Those that everybody knows: the names of System V are Java's alone. */
    private static final Set<String> REGIONS = ZoneId.getAvailableZoneIds().stream()
            .filter(id -> !id.startsWith("SystemV/"))
            .collect(Collectors.toUnmodifiableSet());

    public TenantProfile {
        name = Text.name("name", name, 100);
        requireNonNull(slug, "slug");
        website = website.map(TenantProfile::address);
        description = description.map(text -> Text.prose("description", text, 2_000));
        // An offset such as +02:00 means the opposite to a database that reads it as POSIX does.
        if (!REGIONS.contains(timeZone.getId())) {
            throw new InvalidValue("timeZone", "must be a region such as Europe/Berlin, or UTC");
        }
        requireNonNull(metadata, "metadata");
    }

    /** A profile of the two things every tenant has; UTC, nothing else said. */
    public static TenantProfile of(String name, String slug) {
        return new TenantProfile(name, new Slug(slug), Optional.empty(), Optional.empty(), UTC, Document.EMPTY);
    }

    private static String address(String text) {
        Text.prose("website", text, 500);
        try {
            var uri = new URI(text);
            if (("https".equals(uri.getScheme()) || "http".equals(uri.getScheme())) && uri.getHost() != null) {
                return text;
            }
        } catch (URISyntaxException notAnAddress) {
            // said below, in our words
        }
        throw new InvalidValue("website", "must be an address such as https://example.org");
    }
}
