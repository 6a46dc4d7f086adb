using System.Security;
using BrushEdit.Editing;
using BrushEdit.Generating;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;

namespace BrushEdit.Tests.Generating;

/// <summary>The engine that lets a server fill, against servers that behave and servers that do not.</summary>
public class ServerEngineTests
{
    private static readonly InpaintSettings Quick = new() { Caption = "a red ball", Seed = 3 };

    [Fact]
    public void It_sends_crop_mask_and_caption_and_takes_the_hole_alone_from_the_answer()
    {
        using ImageServer server = ImageServer.Painting(_ => Plain(256, 256, 255, 0, 0));
        using SecureString key = Secret("sesame");
        using ServerEngine engine = new(Settings(server) with { Model = "painter", Key = key });
        Picture picture = Drawn(300, 200);
        Mask mask = Mask.FromBox(300, 200, new Box(40, 60, 30, 20));

        InpaintOutcome outcome = engine.Fill(picture, mask, Quick with { Feather = Feather.None });

        ImageCall call = Assert.Single(server.Calls);
        Assert.Equal(("POST", "/v1/images/edits", "Bearer sesame"), (call.Method, call.Path, call.Authorization));
        Assert.Equal(("a red ball", "painter", "256x256", "1", "b64_json"), (call.Text("prompt"), call.Text("model"), call.Text("size"), call.Text("n"), call.Text("response_format")));
        Picture sent = PictureReader.Read(call.Fields()["image"], "image");
        Picture hole = PictureReader.Read(call.Fields()["mask"], "mask");
        Assert.Equal((256, 256, 256, 256, true), (sent.Width, sent.Height, hole.Width, hole.Height, hole.HasAlpha));

        // The crop is twice as large as it was: transparent, and white for whoever looks at colours, where the hole is.
        WorkRegion region = outcome.Region;
        double scale = (double)region.WorkWidth / region.Width;
        int inside = ((int)((70 - region.Y) * scale) * 256) + (int)((55 - region.X) * scale);
        Assert.Equal([255, 255, 255, 0], hole.Samples8.Slice(4 * inside, 4).ToArray().Select(value => (int)value));
        Assert.Equal([0, 0, 0, 255], hole.Samples8[..4].ToArray().Select(value => (int)value));
        Picture result = outcome.Samples[0].Picture;
        for (int at = 0; at < mask.Values.Length; at++)
        {
            ReadOnlySpan<byte> expected = mask.Values[at] == 0 ? picture.Rgb.Slice(3 * at, 3) : [255, 0, 0];
            Assert.True(expected.SequenceEqual(result.Rgb.Slice(3 * at, 3)), $"pixel {at}");
        }

        Assert.Contains("outside the mask", Assert.Single(outcome.Warnings), StringComparison.Ordinal);
        Assert.Equal("Server: 127.0.0.1 (painter)", engine.Name);
    }

    [Fact]
    public void A_server_that_keeps_to_the_mask_is_not_warned_of_and_one_of_another_size_is_scaled()
    {
        using ImageServer server = ImageServer.Painting(call =>
        {
            Picture sent = PictureReader.Read(call.Fields()["image"], "image");
            using NetVips.Image image = Vips.FromSamples(sent.ToRgb(512, 512), 512, 512, 3, NetVips.Enums.Interpretation.Srgb);
            return image.PngsaveBuffer();
        });
        using ServerEngine engine = new(Settings(server));
        Picture picture = Drawn(300, 200);
        InpaintOutcome outcome = engine.Fill(picture, Mask.FromBox(300, 200, new Box(40, 60, 30, 20)), Quick with { Samples = 2 });
        Assert.Empty(outcome.Warnings);
        Assert.Equal(2, server.Calls.Count);
        Assert.True(ImageMetrics.Psnr(picture.Rgb, outcome.Samples[0].Picture.Rgb) > 25);
        Assert.All(server.Calls, call => Assert.False(call.Fields().ContainsKey("model")));
    }

    [Fact]
    public void A_server_that_minds_the_format_is_asked_without_it_and_an_address_is_followed()
    {
        byte[] painted = Plain(256, 256, 9, 9, 9);
        using ImageServer server = new(async (call, response, closing) =>
        {
            if (call.Path == "/files/1.png")
            {
                Assert.Null(call.Authorization);
                response.ContentType = "image/png";
                await response.OutputStream.WriteAsync(painted, closing);
            }
            else if (call.Fields().ContainsKey("response_format"))
            {
                await ImageServer.SendAsync(response, 400, """{"error": {"message": "Unknown parameter: 'response_format'."}}""");
            }
            else
            {
                await ImageServer.SendAsync(response, 200, """{"data": [{"url": "/files/1.png"}]}""");
            }
        });
        using SecureString key = Secret("sesame");
        using ServerEngine engine = new(Settings(server) with { Key = key });
        InpaintOutcome outcome = Fill(engine);
        Assert.Equal(9, outcome.Samples[0].Picture.Rgb[3 * ((20 * 64) + 20)]);
        Assert.Equal(3, server.Calls.Count);
        Fill(engine);
        Assert.Equal(5, server.Calls.Count);
    }

    [Fact]
    public void The_file_tells_nothing_that_the_server_was_not_told()
    {
        using ImageServer server = ImageServer.Painting(_ => Plain(256, 256, 255, 0, 0));
        using ServerEngine engine = new(Settings(server));
        Picture picture = Drawn(64, 64);

        InpaintOutcome outcome = engine.Fill(picture, Mask.FromBox(64, 64, new Box(8, 8, 20, 20)), Quick with { CaptionBefore = "a ball" });

        ImageEdit edit = new ImageEdit(picture).With("Inpaint", TimeSpan.Zero, parts => parts.SetSamples(outcome.Settings, outcome.Samples));
        Assert.Equal(["caption", "contextMargin", "feather", "software"], EditParameters.Of(edit).Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(503, 2, null)]
    [InlineData(429, 1, null)]
    public void A_busy_server_is_asked_again(int status, int times, string? after)
    {
        using ImageServer server = new((call, response, _) =>
        {
            if (call.Number < times)
            {
                response.Headers["Retry-After"] = after ?? "0";
                return ImageServer.SendAsync(response, status, """{"error": {"message": "busy"}}""");
            }

            return ImageServer.SendAsync(response, 200, $$"""{"data": [{"b64_json": "{{Convert.ToBase64String(Plain(256, 256, 1, 2, 3))}}"}]}""");
        });
        using ServerEngine engine = new(Settings(server));
        Fill(engine);
        Assert.Equal(times + 1, server.Calls.Count);
    }

    [Theory]
    [InlineData(401, """{"error": {"message": "bad key sesame"}}""", "refused the key", "-ApiKey")]
    [InlineData(404, "", "does not know the model", "-Endpoint")]
    [InlineData(413, "", "a picture of this size", "-ServerSize")]
    [InlineData(400, """{"error": {"message": "Invalid size"}}""", "Invalid size", "-ServerSize")]
    [InlineData(500, "<html>oops</html>", "failed with status 500", "log")]
    [InlineData(302, "", "redirects the call", "-Endpoint")]
    [InlineData(200, "<html>hello</html>", "images/edits protocol", "/v1")]
    [InlineData(200, """{"data": []}""", "images/edits protocol", "/v1")]
    [InlineData(200, """{"data": [{"b64_json": "%%%"}]}""", "images/edits protocol", "/v1")]
    [InlineData(200, """{"data": [{"url": "http://elsewhere.example/x.png"}]}""", "images/edits protocol", "/v1")]
    [InlineData(200, """{"data": [{"url": "file:///etc/passwd"}]}""", "images/edits protocol", "/v1")]
    [InlineData(200, """{"error": {"message": "no GPU", "code": 507}}""", "no GPU", "log")]
    public void What_goes_wrong_says_what_to_do_and_never_the_key(int status, string body, string what, string remedy)
    {
        using ImageServer server = new((_, response, _) => ImageServer.SendAsync(response, status, body));
        using SecureString key = Secret("sesame");
        using ServerEngine engine = new(Settings(server) with { Key = key, Retries = 0 });
        EditException fault = Assert.Throws<EditException>(() => Fill(engine));
        Assert.Equal(EditFault.ServiceFailed, fault.Kind);
        Assert.Contains(what, fault.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, fault.Remedy, StringComparison.Ordinal);
        Assert.DoesNotContain("sesame", fault.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_answer_that_is_no_picture_or_of_another_shape_is_refused()
    {
        byte[] answer = [1, 2, 3];
        using ImageServer server = ImageServer.Painting(_ => answer);
        using ServerEngine engine = new(Settings(server));
        Assert.Equal(EditFault.BadPicture, Assert.Throws<EditException>(() => Fill(engine)).Kind);
        answer = Plain(256, 128, 0, 0, 0);
        Assert.Contains("256 x 128", Assert.Throws<EditException>(() => Fill(engine)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_that_hangs_or_sends_without_end_or_is_not_there_ends()
    {
        using ImageServer hanging = new((_, _, closing) => Task.Delay(Timeout.Infinite, closing));
        using (ServerEngine engine = new(Settings(hanging) with { Timeout = TimeSpan.FromMilliseconds(300) }))
        {
            Assert.Contains("within 0.3 seconds", Assert.Throws<EditException>(() => Fill(engine)).Message, StringComparison.Ordinal);
        }

        using (ServerEngine engine = new(Settings(hanging)))
        using (CancellationTokenSource stop = new(200))
        {
            Assert.ThrowsAny<OperationCanceledException>(() => engine.Fill(Drawn(64, 64), Mask.FromBox(64, 64, new Box(8, 8, 30, 30)), Quick, null, stop.Token));
        }

        using ImageServer endless = new(async (_, response, closing) =>
        {
            byte[] block = new byte[1 << 20];
            while (!closing.IsCancellationRequested)
            {
                await response.OutputStream.WriteAsync(block, closing);
            }
        });
        using (ServerEngine engine = new(Settings(endless) with { Retries = 0 }))
        {
            Assert.Contains("endless answer", Assert.Throws<EditException>(() => Fill(engine)).Message, StringComparison.Ordinal);
        }

        Uri gone;
        using (ImageServer closed = ImageServer.Painting(_ => []))
        {
            gone = closed.Address;
        }

        using (ServerEngine engine = new(new ImageServerSettings { Endpoint = gone, Side = 256, Retries = 0 }))
        {
            Assert.Contains("cannot be reached", Assert.Throws<EditException>(() => Fill(engine)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Addresses_and_keys_are_checked_before_anything_is_sent()
    {
        using SecureString key = Secret("sesame");
        Assert.Contains("unencrypted", Assert.Throws<EditException>(() => new ServerEngine(new ImageServerSettings { Endpoint = new Uri("http://far.example/v1"), Key = key })).Message, StringComparison.Ordinal);
        Assert.Equal(EditFault.BadArgument, Assert.Throws<EditException>(() => new ServerEngine(new ImageServerSettings { Endpoint = new Uri("ftp://far.example/v1") })).Kind);
        Assert.Equal(EditFault.BadArgument, Assert.Throws<EditException>(() => new ServerEngine(new ImageServerSettings { Endpoint = new Uri("https://far.example/v1"), Side = 100 })).Kind);
        Assert.Contains("contains no key", Assert.Throws<EditException>(() => new ServerEngine(new ImageServerSettings { KeyVariable = "BRUSHEDIT_NO_SUCH_KEY" })).Message, StringComparison.Ordinal);
    }

    private static InpaintOutcome Fill(ServerEngine engine) => engine.Fill(Drawn(64, 64), Mask.FromBox(64, 64, new Box(8, 8, 30, 30)), Quick with { Feather = Feather.None });

    private static ImageServerSettings Settings(ImageServer server) => new() { Endpoint = server.Address, Side = 256, RetryDelay = TimeSpan.FromMilliseconds(10) };

    private static SecureString Secret(string text)
    {
        SecureString secret = new();
        foreach (char letter in text)
        {
            secret.AppendChar(letter);
        }

        return secret;
    }

    private static byte[] Plain(int width, int height, byte red, byte green, byte blue)
    {
        byte[] rgb = [.. Enumerable.Range(0, width * height).SelectMany(_ => (byte[])[red, green, blue])];
        using NetVips.Image image = Vips.FromSamples(rgb, width, height, 3, NetVips.Enums.Interpretation.Srgb);
        return image.PngsaveBuffer();
    }

    private static Picture Drawn(int width, int height) =>
        Picture.FromRgb([.. Enumerable.Range(0, width * height * 3).Select(at => (byte)((at / 3 % width) + (at % 3 * 20) + (at / 3 / width)))], width, height);
}
