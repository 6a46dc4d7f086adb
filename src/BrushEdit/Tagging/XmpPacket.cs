using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace BrushEdit.Tagging;

/// <summary>
/// XMP packets: read, cleaned of previews and of references to parts that are no longer in the file, and corrected to the picture's
/// size and orientation (XMP parts 1 to 3). A packet that needs no change is preserved byte for byte.
/// </summary>
internal static class XmpPacket
{
    /// <summary>The namespace of RDF.</summary>
    public static readonly XNamespace Rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";

    // No program's packet nests deeper or is larger; the time that reading takes grows with the square of the depth.
    private const int MostDepth = 64;
    private const int MostBytes = 1 << 24;

    private static readonly XNamespace Meta = "adobe:ns:meta/";
    private static readonly XNamespace Basic = "http://ns.adobe.com/xap/1.0/";
    private static readonly XNamespace Note = "http://ns.adobe.com/xmp/note/";
    private static readonly XNamespace Tiff = "http://ns.adobe.com/tiff/1.0/";
    private static readonly XNamespace Exif = "http://ns.adobe.com/exif/1.0/";

    // Namespaces whose every property describes another picture, a map or a film beside the picture.
    private static readonly (string Start, string What)[] Announcing =
    [
        ("http://ns.adobe.com/hdr-gain-map/", "a gain map"),
        ("http://ns.apple.com/HDRGainMap/", "a gain map"),
        ("http://ns.apple.com/pixeldatainfo/", "an auxiliary picture"),
        ("http://ns.google.com/photos/1.0/container/", "further pictures"),
        ("http://ns.google.com/photos/1.0/depthmap/", "a depth map"),
        ("http://ns.google.com/photos/1.0/image/", "another picture"),
        ("http://ns.google.com/photos/1.0/audio/", "a sound"),
        ("http://ns.google.com/photos/1.0/focus/", "a depth map"),
        ("http://ns.google.com/photos/dd/1.0/", "a depth map"),
        ("http://ns.xiaomi.com/photos/1.0/camera/", "further pictures"),
        ("http://ns.oplus.com/photos/1.0/camera/", "a film"),
        ("http://ns.oppo.com/photos/1.0/camera/", "a film"),
        ("http://ns.vivo.com/photos/1.0/camera/", "a film"),
        ("http://ns.samsung.com/", "further pictures"),
    ];

    // Beginnings of names of single properties of the same kind, in the namespaces of cameras.
    private static readonly string[] AnnouncingNames = ["MotionPhoto", "MicroVideo", "VideoLength", "DepthMap", "RelightingMap", "PortraitRelighting"];

    /// <summary>The packet's document; null if it is not XML, nests too deeply, is too large, or contains no RDF.</summary>
    /// <param name="xmp">The packet.</param>
    public static XDocument? Parse(byte[]? xmp)
    {
        if (xmp is null)
        {
            return null;
        }

        // Packets may be padded with zeros.
        int length = xmp.AsSpan().TrimEnd((byte)0).Length;
        if (length > MostBytes)
        {
            return null;
        }

        try
        {
            XmlReaderSettings settings = new() { DtdProcessing = DtdProcessing.Prohibit };
            using XmlReader look = XmlReader.Create(new MemoryStream(xmp, 0, length), settings);
            while (look.Read())
            {
                if (look.Depth > MostDepth)
                {
                    return null;
                }
            }

            using XmlReader reader = XmlReader.Create(new MemoryStream(xmp, 0, length), settings);
            XDocument packet = XDocument.Load(reader, LoadOptions.PreserveWhitespace);
            return packet.Descendants(Rdf + "RDF").Any() ? packet : null;
        }
        catch (XmlException)
        {
            return null;
        }
    }

    /// <summary>Creates an empty packet.</summary>
    public static XDocument Empty() => new(
        new XProcessingInstruction("xpacket", "begin=\"\uFEFF\" id=\"W5M0MpCehiHzreSzNTczkc9d\""),
        new XElement(Meta + "xmpmeta", new XAttribute(XNamespace.Xmlns + "x", Meta), new XElement(Rdf + "RDF", new XAttribute(XNamespace.Xmlns + "rdf", Rdf))),
        new XProcessingInstruction("xpacket", "end=\"w\""));

    /// <summary>Converts a document to a packet.</summary>
    /// <param name="packet">The document.</param>
    public static byte[] ToBytes(XDocument packet) => Encoding.UTF8.GetBytes(packet.ToString(SaveOptions.DisableFormatting));

    /// <summary>Returns a packet with an extension's properties inserted.</summary>
    /// <param name="xmp">The packet.</param>
    /// <param name="extension">The extension; null for none.</param>
    public static byte[]? Join(byte[]? xmp, byte[]? extension)
    {
        if (Parse(xmp) is not { } packet)
        {
            return xmp;
        }

        bool noted = TakeOut(packet, name => name == Note + "HasExtendedXMP", null);
        XElement[] more = Parse(extension)?.Descendants(Rdf + "RDF").First().Elements(Rdf + "Description").ToArray() ?? [];
        if (!noted && more.Length == 0)
        {
            return xmp;
        }

        packet.Descendants(Rdf + "RDF").First().Add(more);
        return ToBytes(packet);
    }

    /// <summary>Splits a packet that is too long for a JPEG's segment into a shorter one and an extension with its longest properties.</summary>
    /// <param name="xmp">The packet.</param>
    /// <param name="longest">The maximum number of bytes in the first part.</param>
    /// <returns>Both parts, and the digest that names the extension; the packet alone if it is short enough. Null if it cannot be split.</returns>
    public static (byte[] Main, byte[]? Extension, string Digest)? Split(byte[] xmp, int longest)
    {
        if (xmp.Length <= longest)
        {
            return (xmp, null, string.Empty);
        }

        if (Parse(xmp) is not { } packet)
        {
            return null;
        }

        // Padding is for writing in place; the digest has a fixed length.
        packet.DescendantNodes().OfType<XText>().Where(text => text.Parent?.Name == Rdf + "RDF").ToList().ForEach(text => text.Remove());
        packet.Nodes().OfType<XText>().Remove();
        XElement moved = new(Rdf + "Description", new XAttribute(Rdf + "about", string.Empty));
        XElement main = new(Rdf + "Description", new XAttribute(Rdf + "about", string.Empty), new XAttribute(XNamespace.Xmlns + "xmpNote", Note), new XAttribute(Note + "HasExtendedXMP", new string('0', 32)));
        packet.Descendants(Rdf + "RDF").First().Add(main);
        foreach (XElement property in packet.Descendants(Rdf + "Description").Where(d => d.Parent?.Name == Rdf + "RDF").SelectMany(d => d.Elements()).OrderByDescending(e => e.ToString().Length).ToArray())
        {
            if (ToBytes(packet).Length <= longest)
            {
                break;
            }

            property.Remove();
            moved.Add(property);
        }

        byte[] extension = Encoding.UTF8.GetBytes(
            new XElement(Meta + "xmpmeta", new XAttribute(XNamespace.Xmlns + "x", Meta), new XElement(Rdf + "RDF", new XAttribute(XNamespace.Xmlns + "rdf", Rdf), moved)).ToString(SaveOptions.DisableFormatting));
#pragma warning disable CA5351 // XMP part 3 names extensions by this digest; it has no security purpose.
        string digest = Convert.ToHexString(System.Security.Cryptography.MD5.HashData(extension));
#pragma warning restore CA5351
        main.SetAttributeValue(Note + "HasExtendedXMP", digest);
        byte[] first = ToBytes(packet);
        return first.Length <= longest ? (first, extension, digest) : null;
    }

    /// <summary>The packet without thumbnails, and without what announces gain maps, films, depth maps and other parts beside the picture.</summary>
    /// <param name="xmp">The packet.</param>
    /// <param name="left">Receives what was removed.</param>
    /// <param name="announced">A description of the referenced parts; empty for none.</param>
    public static byte[]? Clean(byte[]? xmp, LeftOut left, out IReadOnlyList<string> announced)
    {
        List<string> found = [];
        announced = found;
        if (Parse(xmp) is not { } packet)
        {
            return xmp;
        }

        bool thumbnails = TakeOut(packet, name => name == Basic + "Thumbnails", null);
        bool parts = TakeOut(packet, name => WhatIsAnnounced(name) is not null, name => found.Add(WhatIsAnnounced(name)!));
        if (thumbnails)
        {
            left.Preview("thumbnail in the XMP packet");
        }

        return thumbnails || parts ? ToBytes(packet) : xmp;
    }

    /// <summary>The packet with the picture's size and orientation, if it states them.</summary>
    /// <param name="xmp">The packet.</param>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <param name="orientation">1 to 8; null leaves the stated one unchanged.</param>
    public static byte[]? WithForm(byte[]? xmp, int width, int height, int? orientation)
    {
        if (Parse(xmp) is not { } packet)
        {
            return xmp;
        }

        bool changed = orientation is { } turned && State(packet, Tiff + "Orientation", turned);
        changed |= State(packet, Tiff + "ImageWidth", width);
        changed |= State(packet, Tiff + "ImageLength", height);
        changed |= State(packet, Exif + "PixelXDimension", width);
        changed |= State(packet, Exif + "PixelYDimension", height);
        return changed ? ToBytes(packet) : xmp;
    }

    private static string? WhatIsAnnounced(XName name)
    {
        foreach ((string start, string what) in Announcing)
        {
            if (name.NamespaceName.StartsWith(start, StringComparison.Ordinal))
            {
                return what;
            }
        }

        bool camera = name.NamespaceName.Contains("camera", StringComparison.OrdinalIgnoreCase);
        return camera && AnnouncingNames.FirstOrDefault(start => name.LocalName.StartsWith(start, StringComparison.Ordinal)) is { } known
            ? known is "MotionPhoto" or "MicroVideo" or "VideoLength" ? "a film" : "a depth map"
            : null;
    }

    /// <summary>Removes properties wherever they occur, with the declarations of namespaces that nothing uses any more.</summary>
    private static bool TakeOut(XDocument packet, Func<XName, bool> wanted, Action<XName>? tell)
    {
        XElement[] elements = [.. packet.Descendants().Where(e => wanted(e.Name) && !e.Ancestors().Any(a => wanted(a.Name)))];
        XAttribute[] attributes = [.. packet.Descendants().Attributes().Where(a => !a.IsNamespaceDeclaration && wanted(a.Name))];
        if (elements.Length == 0 && attributes.Length == 0)
        {
            return false;
        }

        HashSet<string> spaces = [];
        foreach (XName name in elements.SelectMany(e => e.DescendantsAndSelf()).SelectMany(e => e.Attributes().Where(a => !a.IsNamespaceDeclaration).Select(a => a.Name).Append(e.Name)).Concat(attributes.Select(a => a.Name)))
        {
            spaces.Add(name.NamespaceName);
            if (wanted(name))
            {
                tell?.Invoke(name);
            }
        }

        elements.Remove();
        attributes.Remove();
        HashSet<string> used = [.. packet.Descendants().SelectMany(e => e.Attributes().Where(a => !a.IsNamespaceDeclaration).Select(a => a.Name.NamespaceName).Append(e.Name.NamespaceName))];
        packet.Descendants().Attributes().Where(a => a.IsNamespaceDeclaration && spaces.Contains(a.Value) && !used.Contains(a.Value)).Remove();
        return true;
    }

    private static bool State(XDocument packet, XName property, int value)
    {
        string text = value.ToString(System.Globalization.CultureInfo.InvariantCulture);
        bool changed = false;
        foreach (XElement element in packet.Descendants(property).Where(e => e.Parent?.Name == Rdf + "Description" && !e.HasElements && e.Value.Trim() != text))
        {
            element.Value = text;
            changed = true;
        }

        foreach (XAttribute attribute in packet.Descendants(Rdf + "Description").Attributes(property).Where(a => a.Value.Trim() != text))
        {
            attribute.Value = text;
            changed = true;
        }

        return changed;
    }
}
