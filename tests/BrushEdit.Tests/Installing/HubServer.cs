using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using BrushEdit.Tests.Support;

namespace BrushEdit.Tests.Installing;

/// <summary>
/// A hub on this machine: it declares what it has, gives small files itself and sends the call for large ones to a storage host of
/// another address, as the real one does. A test may answer in its place. It keeps what it was asked.
/// </summary>
public sealed class HubServer : LocalServer<HubCall>
{
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";

    public HubServer(IReadOnlyDictionary<string, byte[]> files, HubServer? storage = null)
    {
        Files = new ConcurrentDictionary<string, byte[]>(files);
        Storage = storage;
    }

    /// <summary>Content by path in the repository, whatever the repository is called.</summary>
    public ConcurrentDictionary<string, byte[]> Files { get; }

    /// <summary>Gives the large files; null where the hub gives them itself.</summary>
    public HubServer? Storage { get; }

    /// <summary>What is declared instead of the truth, by path.</summary>
    public ConcurrentDictionary<string, byte[]> Declared { get; } = new();

    /// <summary>Entries of a page of a listing.</summary>
    public int PageSize { get; set; } = 1000;

    /// <summary>Answers in the server's place; false leaves it to the server.</summary>
    public Func<HubCall, HttpListenerResponse, CancellationToken, Task<bool>>? Instead { get; set; }

    /// <summary>The calls for the content of a file.</summary>
    public IEnumerable<HubCall> CallsFor(string file) => Calls.Where(call => call.Path.EndsWith("/" + file, StringComparison.Ordinal));

    public static bool IsLarge(string path) => path.EndsWith(".safetensors", StringComparison.Ordinal) || path.EndsWith(".gguf", StringComparison.Ordinal) || path.EndsWith(".txt", StringComparison.Ordinal);

    public static string Sha256(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    /// <summary>Git's id of a content (Git's object format).</summary>
    // Git's ids are SHA-1; nothing is kept secret by them.
#pragma warning disable CA5350
    public static string GitId(byte[] content) => Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {content.Length}\0"), .. content]));
#pragma warning restore CA5350

    /// <summary>Sends the beginning of a file from now on, and then nothing more, until the client goes.</summary>
    /// <param name="file">The file.</param>
    /// <param name="bytes">How much of it comes.</param>
    public void HangAfter(string file, int bytes) => Instead = async (call, response, cancellation) =>
    {
        if (!call.Path.EndsWith("/" + file, StringComparison.Ordinal))
        {
            return false;
        }

        response.ContentLength64 = Files[file].Length;
        await response.OutputStream.WriteAsync(Files[file].AsMemory(0, bytes), cancellation);
        await response.OutputStream.FlushAsync(cancellation);
        await Task.Delay(Timeout.Infinite, cancellation);
        return true;
    };

    /// <summary>Sends a content, from the byte that was asked for on.</summary>
    public static async Task SendAsync(HubCall call, HttpListenerResponse response, byte[] content, CancellationToken cancellation)
    {
        int from = call.From;
        if (from > 0 && from >= content.Length)
        {
            response.StatusCode = 416;
            return;
        }

        response.StatusCode = from > 0 ? 206 : 200;
        response.ContentType = "application/octet-stream";
        if (from > 0)
        {
            response.AddHeader("Content-Range", $"bytes {from}-{content.Length - 1}/{content.Length}");
        }

        response.ContentLength64 = content.Length - from;
        if (call.Method != "HEAD")
        {
            await response.OutputStream.WriteAsync(content.AsMemory(from), cancellation);
        }
    }

    /// <summary>Sends the beginning of a content, and breaks the connection.</summary>
    public static async Task BreakAsync(HubCall call, HttpListenerResponse response, byte[] content, int bytes)
    {
        int from = call.From;
        response.StatusCode = from > 0 ? 206 : 200;
        if (from > 0)
        {
            response.AddHeader("Content-Range", $"bytes {from}-{content.Length - 1}/{content.Length}");
        }

        response.ContentLength64 = content.Length - from;
        await response.OutputStream.WriteAsync(content.AsMemory(from, Math.Min(bytes, content.Length - from)));
        await response.OutputStream.FlushAsync();
        response.Abort();
    }

    protected override Task<HubCall> ReadAsync(int number, HttpListenerRequest request) =>
        Task.FromResult(new HubCall(number, request.Url!, request.Headers["Authorization"], request.Headers["Range"]) { Method = request.HttpMethod });

    protected override async Task AnswerAsync(HubCall call, HttpListenerResponse response, CancellationToken cancellation)
    {
        if (Instead is not null && await Instead(call, response, cancellation))
        {
            return;
        }

        string[] parts = call.Path.Trim('/').Split('/');
        if (parts is ["api", _, _, _, "revision", _])
        {
            await SendAsync(response, 200, $$"""{"sha": "{{Commit}}"}""");
        }
        else if (parts is ["api", _, _, _, "tree", _, ..])
        {
            await ListAsync(call, response, string.Join('/', parts[6..]));
        }
        else if (parts is ["blob", ..] && Files.TryGetValue(string.Join('/', parts[1..]), out byte[]? blob))
        {
            await SendAsync(call, response, blob, cancellation);
        }
        else if (Array.IndexOf(parts, "resolve") is > 0 and int at && Files.TryGetValue(string.Join('/', parts[(at + 2)..]), out byte[]? content))
        {
            if (Storage is not null && IsLarge(call.Path))
            {
                response.StatusCode = 302;
                response.RedirectLocation = $"{Storage.Root}blob/{string.Join('/', parts[(at + 2)..])}";
                return;
            }

            await SendAsync(call, response, content, cancellation);
        }
        else
        {
            response.StatusCode = 404;
        }
    }

    private async Task ListAsync(HubCall call, HttpListenerResponse response, string folder)
    {
        string[] paths = [.. Files.Keys.Where(path => folder.Length == 0 || path.StartsWith(folder + "/", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        int start = int.TryParse(call.Query("cursor"), out int cursor) ? cursor : 0;
        List<object> entries = [new { type = "directory", oid = new string('a', 40), size = 0, path = "unet" }];
        foreach (string path in paths.Skip(start).Take(PageSize))
        {
            byte[] content = Declared.TryGetValue(path, out byte[]? other) ? other : Files[path];
            entries.Add(IsLarge(path)
                ? new { type = "file", oid = new string('b', 40), size = content.Length, path, lfs = new { oid = Sha256(content), size = content.Length, pointerSize = 134 } }
                : new { type = "file", oid = GitId(content), size = content.Length, path });
        }

        if (start + PageSize < paths.Length)
        {
            response.AddHeader("Link", $"<{Root.AbsoluteUri.TrimEnd('/')}{call.Path}?recursive=true&cursor={start + PageSize}>; rel=\"next\"");
        }

        await SendAsync(response, 200, JsonSerializer.Serialize(entries));
    }
}

/// <summary>What the hub was asked.</summary>
public sealed record HubCall(int Number, Uri Url, string? Authorization, string? Range)
{
    public string Path => Url.AbsolutePath;

    public string Method { get; init; } = "GET";

    /// <summary>The first byte wanted.</summary>
    public int From => Range is null ? 0 : int.Parse(Range["bytes=".Length..^1]);

    public string? Query(string name) =>
        Url.Query.TrimStart('?').Split('&').Select(pair => pair.Split('=')).FirstOrDefault(pair => pair[0] == name)?[^1];
}
