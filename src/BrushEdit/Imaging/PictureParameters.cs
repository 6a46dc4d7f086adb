using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using BrushEdit.Tagging;

namespace BrushEdit.Imaging;

/// <summary>
/// Parameters of an edit stored in a picture file: one JSON object of strings, as the property <c>parameters</c> of a namespace of
/// its own in the file's XMP packet, which JPEG, PNG, WebP and TIFF all support. Other content of the packet is preserved.
/// </summary>
public static class PictureParameters
{
    /// <summary>The XMP namespace the parameters are in.</summary>
    public const string Namespace = "urn:brushedit:xmp:1.0:";

    private static readonly XNamespace Own = Namespace;
    private static readonly XNamespace Rdf = XmpPacket.Rdf;

    /// <summary>The parameters stored in a file; null if none exist. Only the file's headers are decoded.</summary>
    /// <param name="path">A JPEG, PNG, WebP or TIFF file.</param>
    /// <exception cref="EditException">The file does not exist (NotFound) or is not a picture (BadPicture).</exception>
    public static IReadOnlyDictionary<string, string>? Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Find(PictureReader.ReadXmp(path));
    }

    /// <summary>The parameters in the file that a picture came from; null if none exist.</summary>
    /// <param name="picture">The picture.</param>
    public static IReadOnlyDictionary<string, string>? Of(Picture picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        return Find(picture.Metadata.Xmp);
    }

    /// <summary>Returns a packet with the parameters inserted, replacing earlier ones. A packet that is not XML is replaced.</summary>
    internal static byte[] Merge(byte[]? xmp, IReadOnlyDictionary<string, string> parameters)
    {
        XDocument packet = XmpPacket.Parse(xmp) ?? XmpPacket.Empty();
        XElement rdf = packet.Descendants(Rdf + "RDF").First();
        foreach (XElement description in rdf.Elements(Rdf + "Description").ToList())
        {
            int others = description.Elements().Count(e => e.Name.Namespace != Own)
                + description.Attributes().Count(a => !a.IsNamespaceDeclaration && a.Name.Namespace != Own && a.Name != Rdf + "about" && a.Name != "about");
            description.Elements().Where(e => e.Name.Namespace == Own).Remove();
            description.Attributes().Where(a => a.Name.Namespace == Own).Remove();
            if (others == 0 && description.Attributes().Any(a => a.IsNamespaceDeclaration && a.Value == Namespace))
            {
                description.Remove();
            }
        }

        rdf.Add(new XElement(
            Rdf + "Description",
            new XAttribute(Rdf + "about", rdf.Elements(Rdf + "Description").Attributes(Rdf + "about").FirstOrDefault()?.Value ?? ""),
            new XAttribute(XNamespace.Xmlns + "brushedit", Namespace),
            new XElement(Own + "parameters", JsonSerializer.Serialize(parameters))));
        return XmpPacket.ToBytes(packet);
    }

    private static Dictionary<string, string>? Find(byte[]? xmp)
    {
        if (XmpPacket.Parse(xmp) is not { } packet)
        {
            return null;
        }

        string? text = packet.Descendants(Own + "parameters").FirstOrDefault()?.Value
            ?? packet.Descendants(Rdf + "Description").Attributes(Own + "parameters").FirstOrDefault()?.Value;
        try
        {
            if (text is null)
            {
                return null;
            }

            StrictJson.Check(Encoding.UTF8.GetBytes(text));
            return JsonSerializer.Deserialize<Dictionary<string, string?>>(text)?.ToDictionary(pair => PlainText.Line(pair.Key), pair => PlainText.Line(pair.Value), StringComparer.Ordinal);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
