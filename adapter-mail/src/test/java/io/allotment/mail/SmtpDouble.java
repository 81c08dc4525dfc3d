package io.allotment.mail;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** A mail server on this machine that takes one connection after the other, or refuses every recipient. */
final class SmtpDouble implements AutoCloseable {

    private final ServerSocket socket;
    private final BlockingQueue<List<String>> mails = new LinkedBlockingQueue<>();
    private final List<String> commands = new ArrayList<>();
    private final Thread thread = new Thread(this::run, "smtp-double");
    private volatile String refusal;

    private SmtpDouble(ServerSocket socket) {
        this.socket = socket;
        thread.setDaemon(true);
        thread.start();
    }

    static SmtpDouble start() {
        try {
            return new SmtpDouble(new ServerSocket(0, 10, InetAddress.getLoopbackAddress()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int port() {
        return socket.getLocalPort();
    }

    /** From now on recipients are answered with this. */
    void refuse(String answer) {
        refusal = answer;
    }

    /** The next mail that came, line by line. */
    List<String> take() throws InterruptedException {
        return mails.take();
    }

    boolean isEmpty() {
        return mails.isEmpty();
    }

    synchronized List<String> commands() {
        return List.copyOf(commands);
    }

    private void run() {
        while (!socket.isClosed()) {
            try (var connection = socket.accept()) {
                talk(connection);
            } catch (IOException gone) {
                // The next connection, if there is one.
            }
        }
    }

    private void talk(Socket connection) throws IOException {
        var in = new BufferedReader(new InputStreamReader(connection.getInputStream(), StandardCharsets.UTF_8));
        var out = connection.getOutputStream();
        say(out, "220 double");
        for (var line = in.readLine(); line != null; line = in.readLine()) {
            synchronized (this) {
                commands.add(line);
            }
            if (line.startsWith("EHLO")) {
                say(out, "250-double");
                say(out, "250 AUTH PLAIN");
            } else if (line.startsWith("AUTH")) {
                say(out, "235 welcome");
            } else if (line.startsWith("RCPT") && refusal != null) {
                say(out, refusal);
            } else if (line.equals("DATA")) {
                say(out, "354 go on");
                var mail = new ArrayList<String>();
                for (var text = in.readLine(); !text.equals("."); text = in.readLine()) {
                    mail.add(text);
                }
                mails.add(mail);
                say(out, "250 taken");
            } else if (line.equals("QUIT")) {
                say(out, "221 bye");
                return;
            } else {
                say(out, "250 fine");
            }
        }
    }

    private static void say(OutputStream out, String line) throws IOException {
        out.write((line + "\r\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    /** Afterwards nobody is answered: a connection may be accepted for as long as the thread waits for one. */
    @Override
    public void close() throws IOException {
        socket.close();
        try {
            thread.join(5_000);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
