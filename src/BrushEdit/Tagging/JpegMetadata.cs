using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace BrushEdit.Tagging;

/// <summary>
/// The metadata in a JPEG's segments. Thumbnails and previews (EXIF, JFIF, Photoshop, XMP, MPF, FlashPix, makers' segments), and what
/// follows the picture (gain maps, films, depth maps), are left out.
/// </summary>
internal static class JpegMetadata
{
    // MPF's types of pictures that are smaller copies of the first one (CIPA DC-007, 5.2.3.3.1).
    private static readonly uint[] LargeThumbnails = [0x010001, 0x010002];

    private static ReadOnlySpan<byte> ExifName => "Exif\0\0"u8;

    private static ReadOnlySpan<byte> XmpName => "http://ns.adobe.com/xap/1.0/\0"u8;

    private static ReadOnlySpan<byte> ExtensionName => "http://ns.adobe.com/xmp/extension/\0"u8;

    private static ReadOnlySpan<byte> ProfileName => "ICC_PROFILE\0"u8;

    /// <summary>Reads the segments.</summary>
    /// <param name="file">The file.</param>
    /// <param name="parts">The file's parts.</param>
    public static FileMetadata Read(ReadOnlySpan<byte> file, JpegFile parts)
    {
        LeftOut left = new();
        byte[]? exif = null;
        byte[]? xmp = null;
        List<JpegSegment> extension = [];
        List<byte> photoshop = [];
        List<JpegSegment> others = [];
        List<MetadataText> texts = [];
        bool furtherPictures = false;
        foreach (JpegSegment segment in parts.Segments)
        {
            switch (segment.Marker)
            {
                case JpegSegment.App1 when segment.Is(ExifName):
                    exif ??= segment.Body;
                    break;
                case JpegSegment.App1 when segment.Is(XmpName):
                    xmp ??= segment.Body[XmpName.Length..];
                    break;
                case JpegSegment.App1 when segment.Is(ExtensionName):
                    extension.Add(segment);
                    break;
                case JpegSegment.App13 when segment.Is(PhotoshopResources.Name):
                    photoshop.AddRange(segment.Body.AsSpan(PhotoshopResources.Name.Length));
                    break;
                case JpegSegment.App2 when segment.Is(ProfileName):
                    break;
                case JpegSegment.App2 when segment.Is("MPF\0"u8):
                    furtherPictures |= !IsPreviewsOnly(segment.Body.AsSpan(4), left);
                    break;
                case JpegSegment.App2 when segment.Is("urn:iso:std:iso:ts:21496:-1\0"u8):
                    break;
                case JpegSegment.App2 when segment.Is("FPXR\0"u8):
                    left.Preview("FlashPix data, which may hold a preview,");
                    break;
                case 0xeb when segment.Is("JP"u8):
                    left.Warn("The file contains content credentials (C2PA), which do not apply to an edited picture: they are left out.");
                    break;
                case JpegSegment.App0 when segment.Is("JFXX\0"u8):
                    left.Preview("JFIF thumbnail");
                    break;
                case JpegSegment.App0 when segment.Is("JFIF\0"u8) && segment.Body.Length >= 14:
                    others.Add(WithoutThumbnail(segment, left));
                    break;
                case JpegSegment.Comment:
                    texts.Add(new MetadataText(MetadataText.Comment, TextOf(segment.Body)));
                    others.Add(segment);
                    break;
                default:
                    others.Add(segment);
                    break;
            }
        }

        xmp = XmpPacket.Clean(XmpPacket.Join(xmp, Assemble(extension)), left, out IReadOnlyList<string> announced);
        WarnOfParts(file[parts.End..], announced, furtherPictures, left);
        byte[]? resources = photoshop.Count == 0 ? null : PhotoshopResources.Clean(photoshop.ToArray(), left);
        return new FileMetadata
        {
            Exif = ExifBlock.Upright(exif, left),
            Xmp = xmp,
            Iptc = resources is null ? null : [.. PhotoshopResources.Name, .. resources],
            Texts = texts,
            Blocks = [.. WithoutPictures(others, left).Select(s => new MetadataBlock(BlockKind.Jpeg, s.Marker.ToString("X2", CultureInfo.InvariantCulture), s.Body))],
            LeftOut = left,
        };
    }

    /// <summary>Converts a picture's metadata to segments, in the usual order.</summary>
    /// <param name="metadata">The picture's metadata.</param>
    /// <param name="profile">The segments of the ICC profile.</param>
    /// <param name="standard">A JFIF and an Adobe segment that an encoder wrote; null keeps those of the file the picture came from.</param>
    public static IEnumerable<JpegSegment> Segments(FileMetadata metadata, IEnumerable<JpegSegment> profile, IReadOnlyList<JpegSegment>? standard)
    {
        JpegSegment[] own =
        [
            .. metadata.Blocks.Where(b => b.Kind == BlockKind.Jpeg).Select(b => new JpegSegment(byte.Parse(b.Name, NumberStyles.HexNumber, CultureInfo.InvariantCulture), b.Body)),
        ];
        bool IsStandard(JpegSegment s) => (s.Marker == JpegSegment.App0 && s.Is("JFIF\0"u8)) || (s.Marker == JpegSegment.App14 && s.Is("Adobe"u8));
        JpegSegment[] first = standard is null ? [.. own.Where(IsStandard)] : [.. standard.Where(IsStandard)];
        List<JpegSegment> all = [.. first.Where(s => s.Marker == JpegSegment.App0)];
        if (metadata.Exif is { } exif)
        {
            all.Add(new JpegSegment(JpegSegment.App1, [.. ExifName, .. exif]));
        }

        if (metadata.Xmp is { } xmp)
        {
            all.AddRange(XmpSegments(xmp));
        }

        all.AddRange(profile);
        if (metadata.Iptc is { } iptc)
        {
            ReadOnlySpan<byte> resources = iptc.AsSpan().StartsWith(PhotoshopResources.Name) ? iptc.AsSpan(PhotoshopResources.Name.Length) : PhotoshopResources.OfIptc(iptc);
            int room = JpegSegment.Longest - PhotoshopResources.Name.Length;
            for (int at = 0; at < resources.Length; at += room)
            {
                all.Add(new JpegSegment(JpegSegment.App13, [.. PhotoshopResources.Name, .. resources.Slice(at, Math.Min(room, resources.Length - at))]));
            }
        }

        all.AddRange(own.Where(s => !IsStandard(s)));
        all.AddRange(first.Where(s => s.Marker != JpegSegment.App0));
        if (own.Length == 0)
        {
            all.AddRange(metadata.Texts.Select(text => new JpegSegment(JpegSegment.Comment, Bytes(text))));
        }

        return all;
    }

    /// <summary>Returns the segments that contain an ICC profile.</summary>
    /// <param name="segments">The segments.</param>
    public static IEnumerable<JpegSegment> Profile(IEnumerable<JpegSegment> segments) => segments.Where(s => s.Marker == JpegSegment.App2 && s.Is(ProfileName));

    /// <summary>Whether an XMP packet can be written, in one segment or with an extension.</summary>
    /// <param name="xmp">The packet.</param>
    public static bool CanHold(byte[] xmp) => XmpPacket.Split(xmp, JpegSegment.Longest - XmpName.Length) is not null;

    private static IEnumerable<JpegSegment> XmpSegments(byte[] xmp)
    {
        const int Part = 65_000;
        if (XmpPacket.Split(xmp, JpegSegment.Longest - XmpName.Length) is not { } parts)
        {
            yield break;
        }

        yield return new JpegSegment(JpegSegment.App1, [.. XmpName, .. parts.Main]);
        byte[] head = new byte[8];
        for (int at = 0; parts.Extension is { } extension && at < extension.Length; at += Part)
        {
            BinaryPrimitives.WriteInt32BigEndian(head, extension.Length);
            BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(4), at);
            yield return new JpegSegment(JpegSegment.App1, [.. ExtensionName, .. Encoding.ASCII.GetBytes(parts.Digest), .. head, .. extension.AsSpan(at, Math.Min(Part, extension.Length - at))]);
        }
    }

    private static byte[] Bytes(MetadataText text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text.Keyword == MetadataText.Comment ? text.Text : $"{text.Keyword}: {text.Text}");
        return bytes.Length <= JpegSegment.Longest ? bytes : bytes[..JpegSegment.Longest];
    }

    private static string TextOf(byte[] body)
    {
        ReadOnlySpan<byte> text = body.AsSpan().TrimEnd((byte)0);
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(text);
        }
        catch (DecoderFallbackException)
        {
            return Encoding.Latin1.GetString(text);
        }
    }

    private static JpegSegment WithoutThumbnail(JpegSegment jfif, LeftOut left)
    {
        if (jfif.Body.Length == 14 && jfif.Body[12] == 0 && jfif.Body[13] == 0)
        {
            return jfif;
        }

        left.Preview("JFIF thumbnail");
        return new JpegSegment(jfif.Marker, [.. jfif.Body.AsSpan(0, 12), 0, 0]);
    }

    /// <summary>Segments of makers and programs; where one of a kind shows a picture, all of its kind go, since a picture may span several.</summary>
    private static IEnumerable<JpegSegment> WithoutPictures(List<JpegSegment> segments, LeftOut left)
    {
        byte[] showing = [.. segments.Where(s => EmbeddedPicture.IsIn(s.Body)).Select(s => s.Marker).Distinct()];
        foreach (byte marker in showing)
        {
            left.Preview(marker == JpegSegment.Comment ? "picture in a comment" : $"preview in the segments APP{marker - JpegSegment.App0}");
        }

        bool IsPlain(JpegSegment s) => s.Is("JFIF\0"u8) || s.Is("Adobe"u8);
        return segments.Where(s => !showing.Contains(s.Marker) || IsPlain(s));
    }

    private static byte[]? Assemble(List<JpegSegment> parts)
    {
        // After the name a digest of 32 letters, the whole length, and the offset of this part.
        const int Head = 40;
        int name = ExtensionName.Length;
        if (parts.Count == 0 || parts[0].Body.Length < name + Head)
        {
            return null;
        }

        uint length = BinaryPrimitives.ReadUInt32BigEndian(parts[0].Body.AsSpan(name + 32));
        if (length > (uint)parts.Sum(p => p.Body.Length))
        {
            return null;
        }

        byte[] whole = new byte[length];
        foreach (JpegSegment part in parts.Where(p => p.Body.Length >= name + Head && p.Body.AsSpan(name, 32).SequenceEqual(parts[0].Body.AsSpan(name, 32))))
        {
            uint at = BinaryPrimitives.ReadUInt32BigEndian(part.Body.AsSpan(name + 36));
            ReadOnlySpan<byte> data = part.Body.AsSpan(name + Head);
            if (at > length || data.Length > length - at)
            {
                return null;
            }

            data.CopyTo(whole.AsSpan((int)at));
        }

        return whole;
    }

    /// <summary>Whether the pictures that a multi-picture index names are smaller copies of the first.</summary>
    private static bool IsPreviewsOnly(ReadOnlySpan<byte> index, LeftOut left)
    {
        const ushort Entries = 0xb002;
        byte[]? entries = TiffDirectory.TryRead(index)?.Bytes(Entries);
        bool previews = true;
        for (int at = 16; entries is not null && at + 16 <= entries.Length; at += 16)
        {
            ReadOnlySpan<byte> entry = entries.AsSpan(at);
            uint attribute = index[0] == 'I' ? BinaryPrimitives.ReadUInt32LittleEndian(entry) : BinaryPrimitives.ReadUInt32BigEndian(entry);
            previews &= LargeThumbnails.Contains(attribute & 0xffffff);
        }

        if (entries is { Length: > 16 } && previews)
        {
            left.Preview("preview behind the picture (MPF)");
        }

        return entries is null || entries.Length <= 16 || previews;
    }

    private static void WarnOfParts(ReadOnlySpan<byte> trailer, IReadOnlyList<string> announced, bool furtherPictures, LeftOut left)
    {
        List<string> parts = [.. announced];
        if (trailer.IndexOfAnyExcept((byte)0) >= 0)
        {
            if (trailer.IndexOf("ftyp"u8) >= 0 || trailer.IndexOf("MotionPhoto_Data"u8) >= 0)
            {
                parts.Add("a film");
            }

            if (trailer.IndexOf("hdr-gain-map"u8) >= 0 || trailer.IndexOf("HDRGainMap"u8) >= 0 || trailer.IndexOf("urn:iso:std:iso:ts:21496"u8) >= 0)
            {
                parts.Add("a gain map");
            }

            if (trailer.IndexOf("DepthMap"u8) >= 0)
            {
                parts.Add("a depth map");
            }

            if (trailer.IndexOf("SEFT"u8) >= 0)
            {
                parts.Add("the camera's own data (Samsung)");
            }

            if (parts.Count == 0 && left.Notes.Count == 0)
            {
                parts.Add(EmbeddedPicture.IsIn(trailer) ? "further pictures" : string.Create(CultureInfo.InvariantCulture, $"{trailer.Length:N0} bytes behind the picture"));
            }
        }

        if (furtherPictures && parts.Count == 0)
        {
            parts.Add("further pictures");
        }

        string[] named = [.. parts.Distinct()];
        if (named.Length > 1)
        {
            named = [.. named.Where(part => part != "further pictures")];
        }

        if (named.Length > 0)
        {
            string what = named.Length == 1 ? named[0] : string.Join(", ", named[..^1]) + " and " + named[^1];
            left.Warn($"The file contains {what} beside the picture, which would still show the original: left out, together with its entry in the XMP packet.");
        }
    }
}
