
// Only in a dev build: `make dev` writes a new text here after each build, and this page follows.
let servedBuild;
setInterval(async () => {
    try {
        const answer = await fetch("/pkg/reload.txt", { cache: "no-store" });
        if (!answer.ok) return;
        const build = await answer.text();
        if (servedBuild !== undefined && servedBuild !== build) location.reload();
        servedBuild = build;
    } catch {
        // The server restarts just now.
    }
}, 1000);
