using System.Buffers.Binary;
using System.Text;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Tagging;
using BrushEdit.Tests.Support;

namespace BrushEdit.Tests.Imaging;

/// <summary>Nothing in a written file shows the picture as it was before the edit.</summary>
public sealed class LeftOutTests : IDisposable
{
    private static readonly byte[] Thumbnail = JpegMaker.Make(Enumerable.Range(0, 32 * 24 * 3).Select(i => (byte)(i * 5)).ToArray(), 32, 24, new JpegKind { Quality = 70 });

    // What no other file holds: the coded data of the thumbnail.
    private static readonly byte[] Secret = Thumbnail[^120..^40];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<string> Previews =>
        ["exif", "maker note", "8BIM 1036", "8BIM 1033", "8BIM plug-in", "xmp", "extended xmp", "jfif", "jfxx", "mpf", "app4 in two parts", "iptc preview", "comment", "flashpix", "behind"];

    [Theory]
    [MemberData(nameof(Previews))]
    public void Previews_of_a_jpeg_are_left_out_with_a_note(string where)
    {
        Picture picture = Open(Hidden(where));
        foreach (string name in (string[])["a.jpg", "a.png", "a.tif", "a.webp"])
        {
            picture.SaveOver(folder[name]);
            Assert.Equal(-1, File.ReadAllBytes(folder[name]).AsSpan().IndexOf(Secret));
            Assert.DoesNotContain(Convert.ToBase64String(Thumbnail)[40..200], Encoding.Latin1.GetString(File.ReadAllBytes(folder[name])));
            picture.Compose(new byte[picture.Width * picture.Height * 3], Mask.FromBox(picture.Width, picture.Height, new Box(5, 5, 9, 9)).ToFloats()).SaveOver(folder[name]);
            Assert.Equal(-1, File.ReadAllBytes(folder[name]).AsSpan().IndexOf(Secret));
        }

        Assert.NotEmpty(picture.Notes.Concat(picture.Warnings));
        Assert.Equal(picture.Notes, new ImageEdit(picture).Notes);
        Assert.Equal(picture.Warnings, new ImageEdit(picture).Warnings);
    }

    [Theory]
    [InlineData("hdrgm:Version=\"1.0\"", "http://ns.adobe.com/hdr-gain-map/1.0/", "hdrgm", "a gain map")]
    [InlineData("GCamera:MotionPhoto=\"1\" GCamera:MicroVideoOffset=\"9\"", "http://ns.google.com/photos/1.0/camera/", "GCamera", "a film")]
    public void Parts_behind_a_jpeg_go_with_a_warning_and_with_what_announces_them(string attributes, string space, string prefix, string what)
    {
        byte[] packet = Encoding.UTF8.GetBytes($"<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"><rdf:Description rdf:about=\"\" xmlns:{prefix}=\"{space}\" {attributes}/></rdf:RDF></x:xmpmeta>");
        byte[] trailer = what == "a film" ? [0, 0, 0, 24, .. "ftypmp42"u8, .. Secret] : Thumbnail;
        Picture picture = Open(JpegMaker.With(Base(), [(0xe1, [.. "http://ns.adobe.com/xap/1.0/\0"u8, .. packet])], trailer));
        Assert.Contains(what, Assert.Single(picture.Warnings));
        picture.Save(folder["a.jpg"]);
        string text = Encoding.Latin1.GetString(File.ReadAllBytes(folder["a.jpg"]));
        Assert.DoesNotContain(prefix, text);
        Assert.DoesNotContain(space, text);
        Assert.Equal(-1, File.ReadAllBytes(folder["a.jpg"]).AsSpan().IndexOf(Secret));
    }

    [Fact]
    public void A_trailer_nobody_announces_is_warned_of_and_padding_is_not()
    {
        Assert.Contains("behind the picture", Assert.Single(Open([.. Base(), .. "some camera's own words"u8]).Warnings));
        Assert.Contains("Samsung", Assert.Single(Open([.. Base(), .. "SEFH\u0001\u0002SEFT"u8]).Warnings));
        Assert.Empty(Open([.. Base(), .. new byte[100]]).Warnings);
        Assert.Empty(Open(Base()).Warnings);
    }

    [Fact]
    public void Content_credentials_go_with_a_warning()
    {
        Picture picture = Open(JpegMaker.With(Base(), [(0xeb, [.. "JP\0\u0001"u8, .. new byte[30]])]));
        Assert.Contains("C2PA", Assert.Single(picture.Warnings));
        picture.Save(folder["a.jpg"]);
        Assert.DoesNotContain(JpegFile.Read(File.ReadAllBytes(folder["a.jpg"])).Segments, s => s.Marker == 0xeb);
    }

    [Fact]
    public void What_a_jpeg_says_of_itself_stays()
    {
        byte[] maker = "MAKERSOWN\0words of a program"u8.ToArray();
        Picture picture = Open(JpegMaker.With(Base(), [(0xfe, "a comment, ümlaut"u8.ToArray()), (0xe5, maker), (0xfe, [0xfc, 0x62])]));
        Assert.Equal(["a comment, ümlaut", "üb"], picture.Metadata.Texts.Select(t => t.Text));
        Assert.Empty(picture.Notes);
        picture.Save(folder["a.jpg"]);
        IReadOnlyList<JpegSegment> segments = JpegFile.Read(File.ReadAllBytes(folder["a.jpg"])).Segments;
        Assert.Contains(segments, s => s.Marker == 0xe5 && s.Body.SequenceEqual(maker));
        Assert.Equal(2, segments.Count(s => s.Marker == JpegSegment.Comment));

        // Coded anew, they stay as well; left out, they go.
        picture.Save(folder["b.jpg"], new PictureSaveOptions { Quality = 50 });
        Assert.Equal(2, JpegFile.Read(File.ReadAllBytes(folder["b.jpg"])).Segments.Count(s => s.Marker == JpegSegment.Comment));
        picture.Save(folder["c.jpg"], new PictureSaveOptions { KeepMetadata = false });
        Assert.DoesNotContain(JpegFile.Read(File.ReadAllBytes(folder["c.jpg"])).Segments, s => s.Marker is JpegSegment.Comment or 0xe5);
    }

    [Fact]
    public void Damaged_segments_are_no_error()
    {
        Random random = new(5);
        foreach (string where in Previews.Select(row => (string)row.Data))
        {
            byte[] whole = Hidden(where);
            for (int i = 0; i < 25; i++)
            {
                byte[] file = [.. whole];
                for (int n = 0; n < 4; n++)
                {
                    file[random.Next(20, file.Length)] = (byte)random.Next(256);
                }

                JpegFile parts = JpegFile.Read(file);
                Assert.InRange(parts.End, 2, file.Length);
                JpegMetadata.Read(file, parts);
            }
        }
    }

    private Picture Open(byte[] file)
    {
        File.WriteAllBytes(folder["in.jpg"], file);
        return Picture.Open(folder["in.jpg"]);
    }

    private static byte[] Base() => JpegMaker.Make(Drawn.Smooth().ToRgb(), 64, 48, new JpegKind { Across = 2, Down = 2 });

    private static byte[] Hidden(string where)
    {
        string base64 = Convert.ToBase64String(Thumbnail);
        byte[] Xmp(string inner) => [.. "http://ns.adobe.com/xap/1.0/\0"u8, .. Encoding.UTF8.GetBytes(
            "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">" + inner + "</rdf:RDF></x:xmpmeta>")];
        byte[] photoshop = [.. "Photoshop 3.0\0"u8];
        return where switch
        {
            "exif" => JpegMaker.With(Base(), [(0xe1, [.. "Exif\0\0"u8, .. WithThumbnail()])]),
            "maker note" => JpegMaker.With(Base(), [(0xe1, [.. "Exif\0\0"u8, .. Drawn.Exif(), .. Thumbnail])]),
            "8BIM 1036" => JpegMaker.With(Base(), [(0xed, [.. photoshop, .. Resource(1036, [.. new byte[28], .. Thumbnail])])]),
            "8BIM 1033" => JpegMaker.With(Base(), [(0xed, [.. photoshop, .. Resource(1005, new byte[16]), .. Resource(1033, [.. new byte[28], .. Thumbnail])])]),
            "8BIM plug-in" => JpegMaker.With(Base(), [(0xed, [.. photoshop, .. Resource(4100, Thumbnail)])]),
            "xmp" => JpegMaker.With(Base(), [(0xe1, Xmp($"<rdf:Description xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" xmlns:g=\"http://ns.adobe.com/xap/1.0/g/img/\"><xmp:Thumbnails><rdf:Alt><rdf:li rdf:parseType=\"Resource\"><g:image>{base64}</g:image></rdf:li></rdf:Alt></xmp:Thumbnails></rdf:Description>"))]),
            "extended xmp" => JpegMaker.With(Base(), [(0xe1, Xmp("<rdf:Description xmlns:xmpNote=\"http://ns.adobe.com/xmp/note/\" xmpNote:HasExtendedXMP=\"0123456789ABCDEF0123456789ABCDEF\"/>")), (0xe1, Extension(
                $"<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"><rdf:Description xmlns:GImage=\"http://ns.google.com/photos/1.0/image/\" GImage:Data=\"{base64}\"/></rdf:RDF></x:xmpmeta>"))]),
            "jfif" => Jfif(),
            "jfxx" => JpegMaker.With(Base(), [(0xe0, [.. "JFXX\0\u0010"u8, .. Thumbnail])]),
            "mpf" => JpegMaker.With(Base(), [(0xe2, MultiPicture(Thumbnail.Length, 0x010001))], Thumbnail),
            "app4 in two parts" => JpegMaker.With(Base(), [(0xe4, Thumbnail[..(Thumbnail.Length / 2)]), (0xe4, Thumbnail[(Thumbnail.Length / 2)..])]),
            "iptc preview" => JpegMaker.With(Base(), [(0xed, [.. photoshop, .. Resource(1028, [.. Drawn.Iptc(), 0x1c, 2, 202, (byte)(Thumbnail.Length >> 8), (byte)Thumbnail.Length, .. Thumbnail])])]),
            "comment" => JpegMaker.With(Base(), [(0xfe, Thumbnail)]),
            "flashpix" => JpegMaker.With(Base(), [(0xe2, [.. "FPXR\0"u8, .. Thumbnail])]),
            _ => [.. Base(), .. Thumbnail],
        };
    }

    private static byte[] Resource(ushort id, byte[] data)
    {
        byte[] length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, data.Length);
        return [.. "8BIM"u8, (byte)(id >> 8), (byte)id, 0, 0, .. length, .. data, .. new byte[data.Length & 1]];
    }

    private static byte[] Extension(string packet)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(packet);
        byte[] head = new byte[8];
        BinaryPrimitives.WriteInt32BigEndian(head, bytes.Length);
        return [.. "http://ns.adobe.com/xmp/extension/\0"u8, .. "0123456789ABCDEF0123456789ABCDEF"u8, .. head, .. bytes];
    }

    private static byte[] WithThumbnail()
    {
        List<byte> block = [.. "II"u8, 42, 0, 8, 0, 0, 0, 0, 0, 14, 0, 0, 0];
        block.AddRange([2, 0, 1, 2, 4, 0, 1, 0, 0, 0, 44, 0, 0, 0, 2, 2, 4, 0, 1, 0, 0, 0]);
        block.AddRange(BitConverter.GetBytes(Thumbnail.Length));
        block.AddRange(new byte[4]);
        return [.. block, .. Thumbnail];
    }

    private static byte[] MultiPicture(int size, int type)
    {
        List<byte> block = [.. "MPF\0II"u8, 42, 0, 8, 0, 0, 0, 1, 0, 2, 0xb0, 7, 0, 32, 0, 0, 0, 26, 0, 0, 0, 0, 0, 0, 0];
        block.AddRange([.. BitConverter.GetBytes(0x030000), .. new byte[12], .. BitConverter.GetBytes(type), .. BitConverter.GetBytes(size), .. new byte[8]]);
        return [.. block];
    }

    private static byte[] Jfif()
    {
        byte[] file = Base();
        JpegSegment[] segments = [.. JpegFile.Read(file).Segments];

        // Ten by eight pixels of RGB; the secret is among them.
        segments[0] = new JpegSegment(0xe0, [.. segments[0].Body.AsSpan(0, 12), 10, 8, .. Secret, .. new byte[(10 * 8 * 3) - Secret.Length]]);
        using MemoryStream whole = new();
        JpegFile.Write(whole, segments, file);
        return whole.ToArray();
    }
}
