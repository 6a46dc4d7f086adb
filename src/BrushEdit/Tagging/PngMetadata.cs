using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace BrushEdit.Tagging;

/// <summary>The metadata in a PNG's chunks (PNG specification, third edition).</summary>
internal static class PngMetadata
{
    private const int SignatureLength = 8;

    // What colours mean, and what may be copied whatever the samples are. Of the other chunks, those marked as safe to copy are kept.
    private static readonly string[] Kept = ["gAMA", "cHRM", "sRGB", "cICP", "mDCV", "cLLI", "tEXt", "zTXt", "iTXt", "sTER", "pCAL", "sCAL", "oFFs"];

    // These depend on how samples are stored.
    private static readonly string[] OfSamples = ["sBIT", "bKGD"];

    // Rewritten, or invalid for an edited picture.
    private static readonly string[] NotKept = ["eXIf", "iCCP", "pHYs", "tIME", "tRNS", "hIST", "sPLT", "acTL", "fcTL", "fdAT"];

    private const string XmpKeyword = "XML:com.adobe.xmp";
    private const string RawProfile = "Raw profile type ";

    /// <summary>Reads the chunks.</summary>
    /// <param name="file">The file.</param>
    public static FileMetadata Read(ReadOnlySpan<byte> file)
    {
        LeftOut left = new();
        FileMetadata found = new() { LeftOut = left };
        List<MetadataBlock> blocks = [];
        List<MetadataText> texts = [];
        bool animated = false;
        foreach ((string name, byte[] body) in Chunks(file))
        {
            MetadataText? text = TextOf(name, body);
            if (text?.Keyword == XmpKeyword)
            {
                found = found with { Xmp = found.Xmp ?? Encoding.UTF8.GetBytes(text.Text) };
            }
            else if (text?.Keyword.StartsWith(RawProfile, StringComparison.Ordinal) == true)
            {
                found = WithProfile(found, text.Keyword[RawProfile.Length..], text.Text);
            }
            else if (name == "eXIf")
            {
                found = found with { Exif = body };
            }
            else if (name == "caBX")
            {
                left.Warn("The file contains content credentials (C2PA), which do not apply to an edited picture: they are left out.");
            }
            else if (name == "acTL")
            {
                animated = true;
            }
            else if (Kept.Contains(name) || OfSamples.Contains(name) || (IsSafeToCopy(name) && !NotKept.Contains(name)))
            {
                if (EmbeddedPicture.IsIn(body))
                {
                    left.Preview($"picture in the chunk {name}");
                    continue;
                }

                blocks.Add(new MetadataBlock(BlockKind.Png, name, OfSamples.Contains(name) ? [Depth(file), ColourType(file), .. body] : body));
                if (text is not null)
                {
                    texts.Add(text);
                }
            }
        }

        if (animated)
        {
            left.Warn("The file is animated: its first frame is edited, and the other frames are left out.");
        }

        byte[]? xmp = XmpPacket.Clean(found.Xmp, left, out _);
        return found with
        {
            Exif = ExifBlock.Upright(found.Exif, left),
            Xmp = xmp,
            Iptc = found.Iptc is { } iptc ? CleanIptc(iptc, left) : null,
            Blocks = blocks,
            Texts = texts,
        };
    }

    /// <summary>Converts a picture's metadata to chunks that follow the header.</summary>
    /// <param name="metadata">The picture's metadata.</param>
    /// <param name="png">The PNG file that receives the chunks; its header defines how samples are stored.</param>
    public static IEnumerable<(string Name, byte[] Body)> Chunks(FileMetadata metadata, byte[] png)
    {
        MetadataBlock[] own = [.. metadata.Blocks.Where(b => b.Kind == BlockKind.Png)];
        foreach (MetadataBlock block in own)
        {
            bool ofSamples = OfSamples.Contains(block.Name);
            if (!ofSamples || (block.Body[0] == Depth(png) && block.Body[1] == ColourType(png)))
            {
                yield return (block.Name, ofSamples ? block.Body[2..] : block.Body);
            }
        }

        if (own.Length == 0)
        {
            foreach (MetadataText text in metadata.Texts)
            {
                yield return ("iTXt", [.. Encoding.Latin1.GetBytes(Keyword(text.Keyword)), 0, 0, 0, 0, 0, .. Encoding.UTF8.GetBytes(text.Text)]);
            }
        }

        if (metadata.Exif is { } exif)
        {
            yield return ("eXIf", exif);
        }

        if (metadata.Xmp is { } xmp)
        {
            // Keyword, not compressed, no language, no translated keyword.
            yield return ("iTXt", [.. Encoding.Latin1.GetBytes(XmpKeyword), 0, 0, 0, 0, 0, .. xmp]);
        }

        if (metadata.Iptc is { } iptc)
        {
            // PNG has no place for IPTC; this form, hexadecimal in a text, is the common convention.
            byte[] plain = iptc.AsSpan().StartsWith(PhotoshopResources.Name) ? iptc[PhotoshopResources.Name.Length..] : PhotoshopResources.OfIptc(iptc);
            string hex = Convert.ToHexStringLower(plain);
            string lines = string.Join('\n', hex.Chunk(72).Select(line => new string(line)));
            byte[] text = Encoding.Latin1.GetBytes($"\niptc\n{plain.Length,8}\n{lines}\n");
            yield return ("zTXt", [.. Encoding.Latin1.GetBytes(RawProfile + "iptc"), 0, 0, .. Deflated(text)]);
        }
    }

    private static byte Depth(ReadOnlySpan<byte> file) => file[SignatureLength + 16];

    private static byte ColourType(ReadOnlySpan<byte> file) => file[SignatureLength + 17];

    private static string Keyword(string keyword)
    {
        string plain = new([.. keyword.Trim().Where(c => c is (>= ' ' and <= '~') or (>= '\u00a1' and <= '\u00ff'))]);
        return plain.Length == 0 ? MetadataText.Comment : plain.Length > 79 ? plain[..79] : plain;
    }

    private static List<(string Name, byte[] Body)> Chunks(ReadOnlySpan<byte> file)
    {
        List<(string, byte[])> found = [];
        for (int at = SignatureLength; at + 12 <= file.Length;)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(file[at..]);
            if (length > file.Length - at - 12)
            {
                break;
            }

            string name = Encoding.Latin1.GetString(file.Slice(at + 4, 4));
            if (name is not ("IHDR" or "PLTE" or "IDAT" or "IEND"))
            {
                found.Add((name, file.Slice(at + 8, (int)length).ToArray()));
            }

            if (name == "IEND")
            {
                break;
            }

            at += 12 + (int)length;
        }

        return found;
    }

    // The case of the first letter marks a chunk as ancillary, that of the last as safe to copy.
    private static bool IsSafeToCopy(string name) => char.IsAsciiLetterLower(name[0]) && char.IsAsciiLetterLower(name[3]);

    /// <summary>The text of a text chunk; null for other chunks and corrupt ones.</summary>
    private static MetadataText? TextOf(string name, byte[] body)
    {
        int end = Array.IndexOf(body, (byte)0);
        if (end < 1 || name is not ("tEXt" or "zTXt" or "iTXt"))
        {
            return null;
        }

        string keyword = Encoding.Latin1.GetString(body, 0, end);
        ReadOnlySpan<byte> rest = body.AsSpan(end + 1);
        switch (name)
        {
            case "tEXt":
                return new MetadataText(keyword, Encoding.Latin1.GetString(rest));
            case "zTXt":
                return rest.Length > 1 && Inflated(rest[1..]) is { } packed ? new MetadataText(keyword, Encoding.Latin1.GetString(packed)) : null;
            default:
                int language = rest.Length < 2 ? -1 : rest[2..].IndexOf((byte)0);
                int translated = language < 0 ? -1 : rest[(2 + language + 1)..].IndexOf((byte)0);
                if (translated < 0)
                {
                    return null;
                }

                ReadOnlySpan<byte> text = rest[(2 + language + 1 + translated + 1)..];
                return rest[0] == 0 ? new MetadataText(keyword, Encoding.UTF8.GetString(text))
                    : Inflated(text) is { } plain ? new MetadataText(keyword, Encoding.UTF8.GetString(plain)) : null;
        }
    }

    /// <summary>A profile in hexadecimal, as ImageMagick and others store it in a text.</summary>
    private static FileMetadata WithProfile(FileMetadata found, string kind, string text)
    {
        string[] lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        byte[] data;
        try
        {
            data = Convert.FromHexString(string.Concat(lines.Skip(2)));
        }
        catch (FormatException)
        {
            return found;
        }

        ReadOnlySpan<byte> bare = data.AsSpan().StartsWith("http://ns.adobe.com/xap/1.0/\0"u8) ? data.AsSpan("http://ns.adobe.com/xap/1.0/\0"u8.Length) : data;
        return kind.ToUpperInvariant() switch
        {
            "IPTC" or "8BIM" => found with { Iptc = found.Iptc ?? data },
            "EXIF" => found with { Exif = found.Exif ?? data },
            "APP1" when data.AsSpan().StartsWith("Exif"u8) => found with { Exif = found.Exif ?? data },
            "APP1" or "XMP" => found with { Xmp = found.Xmp ?? bare.ToArray() },
            _ => found,
        };
    }

    private static byte[]? CleanIptc(byte[] iptc, LeftOut left)
    {
        ReadOnlySpan<byte> plain = iptc.AsSpan().StartsWith(PhotoshopResources.Name) ? iptc.AsSpan(PhotoshopResources.Name.Length) : iptc;
        return plain.StartsWith("8BIM"u8)
            ? PhotoshopResources.Clean(plain, left) is { } resources ? [.. PhotoshopResources.Name, .. resources] : null
            : IptcRecord.Clean(plain, left);
    }

    private static byte[] Deflated(byte[] data)
    {
        using MemoryStream packed = new();
        using (ZLibStream stream = new(packed, CompressionLevel.Optimal))
        {
            stream.Write(data);
        }

        return packed.ToArray();
    }

    private static byte[]? Inflated(ReadOnlySpan<byte> data)
    {
        const int Most = 16 << 20;
        try
        {
            using ZLibStream stream = new(new MemoryStream(data.ToArray()), CompressionMode.Decompress);
            byte[] plain = new byte[64 * 1024];
            int length = 0;
            while (stream.Read(plain, length, plain.Length - length) is > 0 and int read)
            {
                length += read;
                if (length == Most)
                {
                    return null;
                }

                if (length == plain.Length)
                {
                    Array.Resize(ref plain, Math.Min(Most, plain.Length * 2));
                }
            }

            return plain[..length];
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}
