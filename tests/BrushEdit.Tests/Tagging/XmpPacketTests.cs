using System.Text;
using BrushEdit.Tagging;
using BrushEdit.Tests.Imaging;

namespace BrushEdit.Tests.Tagging;

public sealed class XmpPacketTests
{
    [Fact]
    public void Sizes_and_orientation_follow_the_picture_where_they_are_stated()
    {
        byte[] packet = Packet(
            "tiff:Orientation=\"6\" tiff:ImageWidth=\"4\" exif:PixelYDimension=\"9\"", "<tiff:ImageLength>5</tiff:ImageLength><exif:PixelXDimension>7</exif:PixelXDimension>");
        string text = Encoding.UTF8.GetString(XmpPacket.WithForm(packet, 640, 480, 1)!);
        Assert.Contains("tiff:Orientation=\"1\"", text);
        Assert.Contains("tiff:ImageWidth=\"640\"", text);
        Assert.Contains("<tiff:ImageLength>480</tiff:ImageLength>", text);
        Assert.Contains("<exif:PixelXDimension>640</exif:PixelXDimension>", text);
        Assert.Contains("exif:PixelYDimension=\"480\"", text);
    }

    [Fact]
    public void A_packet_that_needs_no_change_stays_to_the_byte()
    {
        byte[] packet = Drawn.Xmp();
        Assert.Same(packet, XmpPacket.WithForm(packet, 3, 4, 1));
        Assert.Same(packet, XmpPacket.Clean(packet, new LeftOut(), out IReadOnlyList<string> announced));
        Assert.Empty(announced);
        byte[] broken = "not xml"u8.ToArray();
        Assert.Same(broken, XmpPacket.Clean(broken, new LeftOut(), out _));
    }

    [Theory]
    [InlineData("xmlns:g=\"http://ns.adobe.com/hdr-gain-map/1.0/\" g:Version=\"1.0\" g:GainMapMax=\"2\"", "", "a gain map")]
    [InlineData("xmlns:g=\"http://ns.apple.com/HDRGainMap/1.0/\"", "<g:HDRGainMapVersion>65536</g:HDRGainMapVersion>", "a gain map")]
    [InlineData("xmlns:g=\"http://ns.google.com/photos/1.0/camera/\" g:MotionPhoto=\"1\" g:MotionPhotoVersion=\"1\"", "", "a film")]
    [InlineData("xmlns:g=\"http://ns.google.com/photos/1.0/camera/\"", "<g:MicroVideo>1</g:MicroVideo><g:MicroVideoOffset>512</g:MicroVideoOffset>", "a film")]
    [InlineData("xmlns:g=\"http://ns.google.com/photos/1.0/depthmap/\" g:Format=\"RangeInverse\" g:Near=\"1\"", "<g:Data>AAAA</g:Data>", "a depth map")]
    [InlineData("xmlns:g=\"http://ns.google.com/photos/dd/1.0/device/\"", "<g:Cameras><rdf:Seq/></g:Cameras>", "a depth map")]
    [InlineData("xmlns:g=\"http://ns.google.com/photos/1.0/image/\" g:Mime=\"image/jpeg\"", "<g:Data>AAAA</g:Data>", "another picture")]
    [InlineData("xmlns:g=\"http://ns.google.com/photos/1.0/container/\"", "<g:Directory><rdf:Seq/></g:Directory>", "further pictures")]
    public void What_announces_parts_goes_with_its_namespace(string attributes, string elements, string what)
    {
        byte[] packet = Packet(attributes, elements + "<dc:title>tea</dc:title>");
        string text = Encoding.UTF8.GetString(XmpPacket.Clean(packet, new LeftOut(), out IReadOnlyList<string> announced)!);
        Assert.Contains(what, announced);
        Assert.DoesNotContain("g:", text.Replace("xpacket", ""), StringComparison.Ordinal);
        Assert.Contains("<dc:title>tea</dc:title>", text);
    }

    [Fact]
    public void Other_properties_of_a_camera_stay()
    {
        byte[] packet = Packet("xmlns:g=\"http://ns.google.com/photos/1.0/camera/\" g:MotionPhoto=\"1\" g:BurstID=\"abc\"", "");
        string text = Encoding.UTF8.GetString(XmpPacket.Clean(packet, new LeftOut(), out _)!);
        Assert.Contains("g:BurstID=\"abc\"", text);
        Assert.DoesNotContain("MotionPhoto", text);
    }

    [Fact]
    public void Thumbnails_go_wherever_they_stand()
    {
        const string Thumbnail = "<xmp:Thumbnails><rdf:Alt><rdf:li rdf:parseType=\"Resource\"><xmpGImg:image>/9j/4AAQ</xmpGImg:image></rdf:li></rdf:Alt></xmp:Thumbnails>";
        byte[] packet = Packet(
            "xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" xmlns:xmpGImg=\"http://ns.adobe.com/xap/1.0/g/img/\" xmp:Rating=\"3\"",
            Thumbnail + "<dc:relation rdf:parseType=\"Resource\">" + Thumbnail + "</dc:relation>");
        LeftOut left = new();
        string text = Encoding.UTF8.GetString(XmpPacket.Clean(packet, left, out _)!);
        Assert.DoesNotContain("Thumbnails", text);
        Assert.DoesNotContain("/9j/", text);
        Assert.Contains("xmp:Rating=\"3\"", text);
        Assert.Contains("XMP", Assert.Single(left.Notes));
    }

    [Fact]
    public void A_long_packet_is_split_and_joined_again()
    {
        byte[] packet = Packet("", $"<dc:title>tea</dc:title><dc:description>{new string('d', 90_000)}</dc:description><dc:rights>{new string('r', 50_000)}</dc:rights>");
        (byte[] main, byte[]? extension, string digest) = XmpPacket.Split(packet, 65_000)!.Value;
        Assert.InRange(main.Length, 1, 65_000);
        Assert.Contains(digest, Encoding.UTF8.GetString(main));
        string joined = Encoding.UTF8.GetString(XmpPacket.Join(main, extension)!);
        Assert.DoesNotContain("HasExtendedXMP", joined);
        Assert.Contains("<dc:title>tea</dc:title>", joined);
        Assert.Contains(new string('d', 90_000), joined);
        Assert.Contains(new string('r', 50_000), joined);
        Assert.Null(XmpPacket.Split(Encoding.UTF8.GetBytes(new string('x', 70_000)), 65_000));
    }

    private static byte[] Packet(string attributes, string elements) => Encoding.UTF8.GetBytes(
        "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"><rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" "
        + "xmlns:tiff=\"http://ns.adobe.com/tiff/1.0/\" xmlns:exif=\"http://ns.adobe.com/exif/1.0/\" " + attributes + ">" + elements + "</rdf:Description></rdf:RDF></x:xmpmeta>");
}
