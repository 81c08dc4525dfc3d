package io.allotment.http;

import io.allotment.domain.audit.AuditEntry;
import io.allotment.domain.audit.AuditFilter;
import io.allotment.domain.audit.AuditHead;
import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.TimeRange;
import io.allotment.domain.shared.UserId;
import java.time.Instant;
import java.util.Optional;

/** Who changed what: the log of a tenant, and the platform's. */
final class AuditRoutes {

    void addTo(Routes routes) {
        routes.get("/tenants/{tenant}/audit", this::list);
        routes.get("/tenants/{tenant}/audit/head", this::head);
        routes.get("/tenants/{tenant}/audit/export", this::export);
        routes.get("/audit", this::listPlatform);
        routes.get("/audit/head", this::platformHead);
        routes.get("/audit/export", this::exportPlatform);
        routes.postForPlatform("/users/{user}/erase-personal-values", this::erase);
    }

    record EntryQuery(
            Optional<Instant> from,
            Optional<Instant> to,
            Optional<UserId> user,
            Optional<ApiKeyId> key,
            Optional<String> action,
            Optional<String> entityType,
            Optional<String> entityId,
            Optional<Integer> limit,
            Optional<String> after) {

        AuditFilter filter() {
            return new AuditFilter(new TimeRange(from, to), user, key, action, entityType, entityId);
        }
    }

    record ExportQuery(
            Optional<Instant> from,
            Optional<Instant> to,
            Optional<UserId> user,
            Optional<ApiKeyId> key,
            Optional<String> action,
            Optional<String> entityType,
            Optional<String> entityId) {

        AuditFilter filter() {
            return new AuditFilter(new TimeRange(from, to), user, key, action, entityType, entityId);
        }
    }

    record EntryView(
            long sequence,
            Instant at,
            ActorView actor,
            String action,
            String entityType,
            String entityId,
            Document before,
            Document after,
            Optional<String> requestId,
            Optional<Document> personal,
            Optional<String> personalSalt,
            String personalDigest,
            String previousHash,
            String hash) {

        static EntryView of(AuditEntry entry) {
            var event = entry.event();
            return new EntryView(
                    entry.sequence(),
                    entry.at(),
                    ActorView.of(entry.actor()),
                    event.action(),
                    event.entityType(),
                    event.entityId(),
                    event.before(),
                    event.after(),
                    entry.requestId(),
                    entry.personal().map(AuditEntry.Personal::values),
                    entry.personal().map(AuditEntry.Personal::salt),
                    entry.personalDigest(),
                    entry.previousHash(),
                    entry.hash());
        }
    }

    record HeadView(long sequence, String hash) {

        static HeadView of(AuditHead head) {
            return new HeadView(head.sequence(), head.hash());
        }
    }

    record Erased(long entries) {}

    private Reply list(Call call) {
        var query = call.query(EntryQuery.class);
        var page = Paging.page(query.limit(), query.after());
        return Reply.ok(Items.of(call.allotment().audit().list(call.tenant(), query.filter(), page), EntryView::of));
    }

    private Reply head(Call call) {
        return Reply.ok(HeadView.of(call.allotment().audit().head(call.tenant())));
    }

    private Reply export(Call call) {
        var filter = call.query(ExportQuery.class).filter();
        return Reply.lines(
                call.allotment().audit().export(call.tenant(), filter).map(EntryView::of));
    }

    private Reply listPlatform(Call call) {
        var query = call.query(EntryQuery.class);
        var page = Paging.page(query.limit(), query.after());
        return Reply.ok(Items.of(call.allotment().audit().listPlatform(query.filter(), page), EntryView::of));
    }

    private Reply platformHead(Call call) {
        return Reply.ok(HeadView.of(call.allotment().audit().platformHead()));
    }

    private Reply exportPlatform(Call call) {
        var filter = call.query(ExportQuery.class).filter();
        return Reply.lines(call.allotment().audit().exportPlatform(filter).map(EntryView::of));
    }

    private Reply erase(Call call) {
        return Reply.ok(new Erased(call.allotment().audit().erasePersonalValues(call.path("user", UserId::of))));
    }
}
