using System.Net;
using System.Text;
using BrushEdit.Tests.Support;

namespace BrushEdit.Tests.Generating;

/// <summary>A server on this machine that speaks the images/edits interface as a test tells it to, and keeps what it was sent.</summary>
public sealed class ImageServer(Func<ImageCall, HttpListenerResponse, CancellationToken, Task> answer) : LocalServer<ImageCall>
{
    public Uri Address => new(Root, "v1");

    /// <summary>Answers with a picture's file.</summary>
    public static ImageServer Painting(Func<ImageCall, byte[]> paint) =>
        new((call, response, _) => SendAsync(response, 200, $$"""{"created": 1, "data": [{"b64_json": "{{Convert.ToBase64String(paint(call))}}"}]}"""));

    protected override async Task<ImageCall> ReadAsync(int number, HttpListenerRequest request)
    {
        using MemoryStream body = new();
        await request.InputStream.CopyToAsync(body);
        return new ImageCall(number, request.HttpMethod, request.Url!.AbsolutePath, request.Headers["Authorization"], request.ContentType ?? string.Empty, body.ToArray());
    }

    protected override Task AnswerAsync(ImageCall call, HttpListenerResponse response, CancellationToken cancellation) => answer(call, response, cancellation);
}

/// <summary>What a server was sent.</summary>
public sealed record ImageCall(int Number, string Method, string Path, string? Authorization, string ContentType, byte[] Body)
{
    /// <summary>The form's fields by name, byte for byte.</summary>
    public IReadOnlyDictionary<string, byte[]> Fields()
    {
        string boundary = "--" + ContentType.Split("boundary=")[1].Trim('"');
        Dictionary<string, byte[]> fields = [];
        foreach (string part in Encoding.Latin1.GetString(Body).Split(boundary).Where(part => part.Contains("\r\n\r\n", StringComparison.Ordinal)))
        {
            int head = part.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            string name = part[..head].Split("name=")[1].Split([';', '\r'])[0].Trim('"');
            fields[name] = Encoding.Latin1.GetBytes(part[(head + 4)..^2]);
        }

        return fields;
    }

    public string Text(string field) => Encoding.UTF8.GetString(Fields()[field]);
}
