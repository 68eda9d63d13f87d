<?php
// Sends an email and asks what became of it. PHP 8, nothing to install.
const URL = 'https://mail.example.com/api/v1';
const KEY = 'sbr_your_key';

function call(string $method, string $path, ?array $body = null, array $headers = []): array
{
    $headers[] = 'Authorization: Bearer ' . KEY;
    $headers[] = 'Content-Type: application/json';
    $answer = file_get_contents(URL . $path, false, stream_context_create(['http' => [
        'method' => $method,
        'header' => $headers,
        'content' => $body === null ? '' : json_encode($body),
        'ignore_errors' => true,
    ]]));
    $told = json_decode($answer, true);
    if (isset($told['statusCode'])) {
        throw new RuntimeException($told['name'] . ': ' . $told['message']);
    }
    return $told;
}

$sent = call('POST', '/emails', [
    'from' => 'halo@example.com',
    'to' => 'you@example.com',
    'subject' => 'Your order 17',
    'html' => '<p>Thank you!</p>',
], ['Idempotency-Key: order-17']);
echo json_encode(call('GET', '/emails/' . $sent['id'])), "\n";
