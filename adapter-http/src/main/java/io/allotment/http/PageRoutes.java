package io.allotment.http;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.util.HashMap;

/** Pages of somebody else's: forms that are sent where they came from, and nothing else. */
final class PageRoutes {

    private static final String FORMS_ALONE =
            "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    private final String path;
    private final HttpApi.Pages pages;

    PageRoutes(String path, HttpApi.Pages pages) {
        this.path = path;
        this.pages = pages;
    }

    void addTo(RoutesConfig routes) {
        routes.get(path + "/*", this::answer).post(path + "/*", this::answer);
    }

    private void answer(Context context) {
        var form = new HashMap<String, String>();
        context.formParamMap().forEach((name, values) -> form.put(name, values.get(0)));
        var page = pages.answer(context.method().name(), context.path().substring(path.length()), form);
        context.status(page.status())
                .header("Cache-Control", "no-store")
                .header("Content-Security-Policy", FORMS_ALONE)
                .html(page.html());
    }
}
