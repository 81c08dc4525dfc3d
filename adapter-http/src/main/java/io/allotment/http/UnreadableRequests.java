package io.allotment.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/** Answers what is refused before any route sees it, a broken address or overlong headers, in the form of all problems. */
final class UnreadableRequests extends ErrorHandler {

    private final Json json;
    private final RequestIds requestIds;

    UnreadableRequests(Json json, RequestIds requestIds) {
        this.json = json;
        this.requestIds = requestIds;
    }

    @Override
    public boolean errorPageForMethod(String method) {
        return true;
    }

    @Override
    protected void generateResponse(
            Request request, Response response, int code, String message, Throwable cause, Callback callback) {
        var id = requestIds.choose(request.getHeaders().get(RequestIds.HEADER));
        var problem = Problem.of(
                code,
                code < 500 ? "unreadable-request" : "internal-error",
                code < 500
                        ? "The request is not HTTP as this server reads it: its address or its headers are malformed or too long."
                        : "The server failed before it could look at the request.",
                id,
                Optional.empty());
        response.getHeaders().put(RequestIds.HEADER, id);
        SecurityHeaders.ALWAYS.forEach(response.getHeaders()::put);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, Problem.CONTENT_TYPE);
        response.write(true, ByteBuffer.wrap(json.write(problem).getBytes(StandardCharsets.UTF_8)), callback);
    }
}
