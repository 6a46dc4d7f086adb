using System.Globalization;
using BrushEdit.Loading;
using BrushEdit.Modeling;

namespace BrushEdit.Inpainting;

/// <summary>Checks that a base model, its text encoders, its VAE and a BrushNet belong together, by their configurations.</summary>
internal static class InpaintModelFit
{
    // The scaling factors of VAEs are published with five digits; within one family they differ by less than this.
    private const double FactorTolerance = 1e-3;

    /// <summary>The input channels of a base model's U-Net: the latent; for inpainting also mask and masked latent, for edits by instruction the picture's latent.</summary>
    /// <param name="kind">The kind of base model.</param>
    /// <param name="latent">Channels of the latent.</param>
    public static int Inputs(ModelKind kind, int latent) =>
        kind switch { ModelKind.Inpainting => (2 * latent) + 1, ModelKind.InstructPix2Pix => 2 * latent, _ => latent };

    /// <summary>The error for a base model without a VAE.</summary>
    /// <param name="model">The base model.</param>
    public static EditException WithoutVae(ModelFiles model) => new(
        EditFault.BadModel,
        $"'{model.Path}' contains no VAE, like many single-file fine-tunes.",
        $"Give one with -Vae: that of {model.Family.Text()}, or of the fine-tune.",
        model.Path);

    /// <summary>Requires a BrushNet of the base model's family.</summary>
    /// <param name="model">The base model.</param>
    /// <param name="branch">The BrushNet.</param>
    /// <exception cref="EditException">The BrushNet belongs to another family.</exception>
    public static void RequireFamily(ModelFiles model, ModelFiles branch)
    {
        if (branch.Family != model.Family)
        {
            throw new EditException(
                EditFault.BadModel,
                $"The BrushNet '{branch.Path}' is for {branch.Family.Text()}, but the base model '{model.Path}' is of {model.Family.Text()}.",
                $"Use a BrushNet for {model.Family.Text()}, or a base model of {branch.Family.Text()}.",
                branch.Path);
        }
    }

    /// <summary>Requires a U-Net with the input channels of its kind, and text encoders of its width.</summary>
    /// <param name="model">The base model.</param>
    /// <param name="unet">Its U-Net.</param>
    /// <param name="texts">Its text encoders.</param>
    /// <exception cref="EditException">Parts do not fit each other.</exception>
    public static void Require(ModelFiles model, UNetConfig unet, IReadOnlyList<ClipTextConfig> texts)
    {
        if (unet.InChannels != Inputs(model.Kind, unet.OutChannels))
        {
            throw new EditException(
                EditFault.BadModel,
                $"The U-Net of '{model.Path}' takes {unet.InChannels} channels instead of {Inputs(model.Kind, unet.OutChannels)}: it is a checkpoint for inpainting or another task.",
                $"Use a plain model of {model.Family.Text()}; BrushNet adds the inpainting.",
                model.Path);
        }

        if (unet.CrossAttentionDim != texts.Sum(text => text.HiddenSize))
        {
            throw new EditException(
                EditFault.BadModel,
                $"The U-Net of '{model.Path}' takes texts {unet.CrossAttentionDim} wide; its text {(texts.Count > 1 ? "encoders produce" : "encoder produces")} {string.Join(" + ", texts.Select(text => text.HiddenSize))}.",
                "Copy the model again, every part from the same place.",
                model.Path);
        }

        RequirePooled(model, unet.AddedEmbedding, $"U-Net of '{model.Path}'", texts[^1]);
    }

    /// <summary>Requires a second text encoder whose pooled text has the width that a network expects.</summary>
    /// <param name="model">The base model.</param>
    /// <param name="added">The network's inputs besides the text; null for none.</param>
    /// <param name="network">The name of the network in the error message.</param>
    /// <param name="text">The last text encoder.</param>
    /// <exception cref="EditException">The widths differ, or there is no pooled text.</exception>
    public static void RequirePooled(ModelFiles model, AddedEmbeddingConfig? added, string network, ClipTextConfig text)
    {
        if (added is not null && (!text.WithProjection || text.ProjectionDim != added.PooledChannels))
        {
            throw new EditException(
                EditFault.BadModel,
                $"The {network} takes a pooled text {added.PooledChannels} wide, but the second text encoder of '{model.Path}' produces {(text.WithProjection ? text.ProjectionDim : "none")}.",
                "Copy the model again, every part from the same place; the refiner of Stable Diffusion XL is not a base model.",
                model.Path);
        }
    }

    /// <summary>Requires a VAE with the base model's latent scale. A VAE of another family has the same shape; only the scale in its configuration differs.</summary>
    /// <param name="model">The base model.</param>
    /// <param name="unet">Its U-Net.</param>
    /// <param name="vaeFiles">The VAE; a tiny one has no scale.</param>
    /// <param name="vae">Its plan.</param>
    /// <exception cref="EditException">The VAE belongs to another family.</exception>
    public static void RequireScale(ModelFiles model, UNetConfig unet, ModelFiles vaeFiles, AutoencoderPlan vae)
    {
        if (vaeFiles.IsTinyVae)
        {
            return;
        }

        double own = model.HasVae ? AutoencoderPlan.Read(model, model.Family, unet.OutChannels).ScalingFactor
            : vaeFiles.Family == ModelFamily.None || vaeFiles.Family == model.Family ? vae.ScalingFactor
            : FamilyDefaults.Of(model.Family).Vae.ScalingFactor;
        if (Math.Abs(own - vae.ScalingFactor) > FactorTolerance)
        {
            throw new EditException(
                EditFault.BadModel,
                string.Create(CultureInfo.InvariantCulture, $"The VAE '{vaeFiles.Path}' scales its latents by {vae.ScalingFactor}, but the base model '{model.Path}' by {own}: it belongs to another family."),
                $"Use a VAE of {model.Family.Text()}.",
                vaeFiles.Path);
        }
    }
}
