<?php
// Mints Footfall tokens with nothing but PHP's own functions. The format: docs/tokens.md.

declare(strict_types=1);

/** A token that the source's $credential signs; $kind is "client", "stats", "live" or "pixel". */
function footfall_mint(
    string $credential,
    string $kind,
    array $claims,
    int $seconds = 900,
    string $audience = 'footfall'
): string {
    $now = time();
    $always = ['aud' => $audience, 'exp' => $now + $seconds, 'jti' => footfall_base64url(random_bytes(12))];
    return footfall_sign($credential, $kind, $claims + $always, $now);
}

function footfall_sign(string $credential, string $kind, array $claims, int $issued): string
{
    [, $source, $version] = explode('_', $credential, 4);
    $flags = JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_LINE_TERMINATORS | JSON_THROW_ON_ERROR;
    $value = footfall_base64url(json_encode($claims, $flags))
        . '.' . footfall_base64url(ltrim(pack('J', $issued), "\0"));
    $key = hash_hmac('sha256', "footfall $kind token", $credential, true);
    $signature = footfall_base64url(hash_hmac('sha256', $value, $key, true));
    return "f{$kind[0]}_{$source}_{$version}_{$value}.{$signature}";
}

function footfall_base64url(string $octets): string
{
    return rtrim(strtr(base64_encode($octets), '+/', '-_'), '=');
}
